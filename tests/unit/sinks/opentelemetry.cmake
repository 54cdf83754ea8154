aiokpl_test(
  opentelemetry_sink_test
  SOURCES opentelemetry_encoder_test.cpp opentelemetry_exporter_test.cpp opentelemetry_settings_test.cpp
          opentelemetry_writer_test.cpp ../aws/loopback_server.cpp
  LIBRARIES aiokpl_opentelemetry aiokpl_sink_web OpenSSL::SSL ZLIB::ZLIB)

# The same with programs of others: see tests/peers.
add_executable(opentelemetry_feed ${PROJECT_SOURCE_DIR}/tests/peers/opentelemetry_feed.cpp)
aiokpl_compile_options(opentelemetry_feed)
target_include_directories(opentelemetry_feed PRIVATE ${PROJECT_SOURCE_DIR}/tests)
target_link_libraries(opentelemetry_feed PRIVATE aiokpl_opentelemetry nlohmann_json::nlohmann_json)

foreach(peer opentelemetry_sink opentelemetry_collector)
  add_test(NAME peers.${peer} COMMAND ${PROJECT_SOURCE_DIR}/tests/peers/run test_${peer}.py)
  set_tests_properties(
    peers.${peer}
    PROPERTIES LABELS peers TIMEOUT 300 SKIP_RETURN_CODE 77
               ENVIRONMENT
               "AIOKPL_OPENTELEMETRY_FEED=$<TARGET_FILE:opentelemetry_feed>;AIOKPL_PEERS=${PROJECT_SOURCE_DIR}/build/peers;AIOKPL_PROGRAM=;PYTHONDONTWRITEBYTECODE=1")
endforeach()
