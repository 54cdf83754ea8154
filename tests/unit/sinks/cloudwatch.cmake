aiokpl_test(
  cloudwatch_sink_test
  SOURCES cloudwatch_access_test.cpp
          cloudwatch_answer_test.cpp
          cloudwatch_dashboard_test.cpp
          cloudwatch_requests_test.cpp
          cloudwatch_roll_up_test.cpp
          cloudwatch_sink_test.cpp
          cloudwatch_values_test.cpp
          ../aws/loopback_server.cpp
  LIBRARIES aiokpl_cloudwatch aiokpl_sink_web nlohmann_json::nlohmann_json OpenSSL::SSL)
target_compile_definitions(cloudwatch_sink_test
                           PRIVATE DASHBOARD="${PROJECT_SOURCE_DIR}/dashboards/cloudwatch.json")

# The sink against a CloudWatch that is not ours: moto's, read back through boto3.
set(peers ${PROJECT_SOURCE_DIR}/tests/peers)
add_executable(cloudwatch_feed ${peers}/cloudwatch_feed.cpp)
aiokpl_compile_options(cloudwatch_feed)
target_include_directories(cloudwatch_feed PRIVATE ${PROJECT_SOURCE_DIR}/tests)
target_link_libraries(cloudwatch_feed PRIVATE aiokpl_cloudwatch nlohmann_json::nlohmann_json)
if(TARGET aiokpl_program)
  add_test(NAME peers.cloudwatch_sink COMMAND ${peers}/run test_cloudwatch.py)
  set_tests_properties(
    peers.cloudwatch_sink
    PROPERTIES
      LABELS peers TIMEOUT 600 SKIP_RETURN_CODE 77
      ENVIRONMENT
      "AIOKPL_PROGRAM=$<TARGET_FILE:aiokpl_program>;AIOKPL_CLOUDWATCH_FEED=$<TARGET_FILE:cloudwatch_feed>;AIOKPL_PEERS=${PROJECT_SOURCE_DIR}/build/peers;PYTHONDONTWRITEBYTECODE=1"
  )
endif()
