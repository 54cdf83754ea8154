if(NOT TARGET aiokpl_prometheus)
  return()
endif()

aiokpl_test(
  prometheus_sink_test
  SOURCES prometheus_names_test.cpp prometheus_totals_test.cpp prometheus_sink_test.cpp prometheus_dashboard_test.cpp
          ../aws/loopback_server.cpp
  LIBRARIES aiokpl_prometheus prometheus-cpp::core CURL::libcurl OpenSSL::SSL OpenSSL::Crypto
            nlohmann_json::nlohmann_json)
target_compile_definitions(prometheus_sink_test PRIVATE AIOKPL_SOURCE_DIR="${PROJECT_SOURCE_DIR}")

# The sink by itself, in the hands of the tests with Prometheus.
add_executable(prometheus_feed ${PROJECT_SOURCE_DIR}/tests/peers/prometheus_feed.cpp)
aiokpl_compile_options(prometheus_feed)
target_include_directories(prometheus_feed PRIVATE ${PROJECT_SOURCE_DIR}/tests)
target_link_libraries(prometheus_feed PRIVATE aiokpl_prometheus)

if(TARGET aiokpl_program)
  add_test(NAME peers.prometheus_sink COMMAND ${PROJECT_SOURCE_DIR}/tests/peers/run test_prometheus.py)
  set_tests_properties(
    peers.prometheus_sink
    PROPERTIES LABELS peers TIMEOUT 600 SKIP_RETURN_CODE 77
               ENVIRONMENT
               "AIOKPL_PROGRAM=$<TARGET_FILE:aiokpl_program>;AIOKPL_PROMETHEUS_FEED=$<TARGET_FILE:prometheus_feed>;AIOKPL_PEERS=${PROJECT_SOURCE_DIR}/build/peers;PYTHONDONTWRITEBYTECODE=1")
endif()
