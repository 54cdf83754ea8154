find_package(ZLIB REQUIRED)
aiokpl_test(
  datadog_sink_test
  SOURCES datadog_requests_test.cpp
          datadog_settings_test.cpp
          datadog_sink_test.cpp
          datadog_values_test.cpp
          ../aws/loopback_server.cpp
  LIBRARIES aiokpl_datadog aiokpl_sink_web nlohmann_json::nlohmann_json CURL::libcurl OpenSSL::SSL ZLIB::ZLIB)

add_executable(datadog_feed ${PROJECT_SOURCE_DIR}/tests/peers/datadog_feed.cpp)
aiokpl_compile_options(datadog_feed)
target_include_directories(datadog_feed PRIVATE ${PROJECT_SOURCE_DIR}/tests)
target_link_libraries(datadog_feed PRIVATE aiokpl_datadog nlohmann_json::nlohmann_json)
if(TARGET aiokpl_program)
  add_test(NAME peers.datadog_sink COMMAND ${PROJECT_SOURCE_DIR}/tests/peers/run test_datadog.py)
  set(environment "AIOKPL_PROGRAM=$<TARGET_FILE:aiokpl_program>" "AIOKPL_PEERS=${PROJECT_SOURCE_DIR}/build/peers"
                  "AIOKPL_DATADOG_FEED=$<TARGET_FILE:datadog_feed>" PYTHONDONTWRITEBYTECODE=1)
  set_tests_properties(peers.datadog_sink PROPERTIES LABELS peers TIMEOUT 300 SKIP_RETURN_CODE 77 ENVIRONMENT
                                                     "${environment}")
endif()
