# The floors of the house and their tests. A floor is an object library that sees only the floors that it names,
# so that an include that climbs upwards does not link.

if(PROJECT_IS_TOP_LEVEL AND NOT CMAKE_CXX_COMPILER_LAUNCHER)
  find_program(AIOKPL_CCACHE ccache)
  if(AIOKPL_CCACHE)
    set(CMAKE_CXX_COMPILER_LAUNCHER ${AIOKPL_CCACHE})
  endif()
endif()

function(aiokpl_compile_options target)
  target_compile_features(${target} PUBLIC cxx_std_20)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
                                           -Wno-missing-field-initializers)
  # With optimisation GCC 12 takes the empty state of std::optional and std::variant for an uninitialised one. The
  # sanitizers and clang's analyzer look for the real ones.
  target_compile_options(${target} PRIVATE $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>)
  if(AIOKPL_WARNINGS_AS_ERRORS)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  set_target_properties(${target} PROPERTIES CXX_EXTENSIONS OFF POSITION_INDEPENDENT_CODE ON
                                             CXX_VISIBILITY_PRESET hidden VISIBILITY_INLINES_HIDDEN ON)
endfunction()

# aiokpl_floor(codec SOURCES a.cpp ... [FLOORS below ...] [LIBRARIES third party ...])
function(aiokpl_floor name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "" "SOURCES;FLOORS;LIBRARIES")
  add_library(aiokpl_${name} OBJECT ${arg_SOURCES})
  aiokpl_compile_options(aiokpl_${name})
  target_include_directories(aiokpl_${name} PUBLIC ${PROJECT_SOURCE_DIR}/include ${PROJECT_SOURCE_DIR}/src)
  # Between object libraries this hands on usage requirements only: objects are linked by the library or the test.
  foreach(floor IN LISTS arg_FLOORS)
    target_link_libraries(aiokpl_${name} PUBLIC aiokpl_${floor})
  endforeach()
  target_link_libraries(aiokpl_${name} PUBLIC ${arg_LIBRARIES})
endfunction()

# aiokpl_test(codec_test SOURCES a_test.cpp ... [FLOORS codec ...] [LIBRARIES ...] [LABELS unit])
# FLOORS are linked as objects; use LIBRARIES aiokpl_static for a test of the whole library.
function(aiokpl_test name)
  cmake_parse_arguments(PARSE_ARGV 1 arg "" "TIMEOUT" "SOURCES;FLOORS;LIBRARIES;LABELS")
  add_executable(${name} ${arg_SOURCES})
  aiokpl_compile_options(${name})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/src ${PROJECT_SOURCE_DIR}/tests)
  foreach(floor IN LISTS arg_FLOORS)
    target_link_libraries(${name} PRIVATE aiokpl_${floor})
  endforeach()
  target_link_libraries(${name} PRIVATE ${arg_LIBRARIES} GTest::gmock GTest::gtest_main)
  if(NOT arg_TIMEOUT)
    set(arg_TIMEOUT 120)
  endif()
  if(NOT arg_LABELS)
    set(arg_LABELS unit)
  endif()
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST PROPERTIES TIMEOUT ${arg_TIMEOUT} LABELS "${arg_LABELS}")
endfunction()
