# What `cmake --install` puts where. The static and the shared library are exported apart from each other, since only
# the users of the static one need the development packages of what it is made with.
include(CMakePackageConfigHelpers)

set(AIOKPL_CMAKE_DIR ${CMAKE_INSTALL_LIBDIR}/cmake/aiokpl)

install(DIRECTORY include/aiokpl DESTINATION ${CMAKE_INSTALL_INCLUDEDIR} COMPONENT development
        FILES_MATCHING PATTERN "*.hpp")

# aiokpl_install_library(component target): a library and its export file, aiokpl-<component>.cmake.
function(aiokpl_install_library component target)
  install(TARGETS ${target} EXPORT aiokpl-${component}
          ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development
          LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT runtime NAMELINK_COMPONENT development
          INCLUDES DESTINATION ${CMAKE_INSTALL_INCLUDEDIR})
  install(EXPORT aiokpl-${component} NAMESPACE aiokpl:: DESTINATION ${AIOKPL_CMAKE_DIR} COMPONENT development)
endfunction()

aiokpl_install_library(static aiokpl_static)
if(TARGET aiokpl_shared)
  aiokpl_install_library(shared aiokpl_shared)
endif()
if(TARGET aiokpl_emulator)
  # What it uses of these is headers, when it is compiled: who links it needs neither.
  get_target_property(libraries aiokpl_emulator INTERFACE_LINK_LIBRARIES)
  list(FILTER libraries EXCLUDE REGEX "Boost::headers|nlohmann_json::nlohmann_json")
  set_target_properties(aiokpl_emulator PROPERTIES EXPORT_NAME emulator INTERFACE_LINK_LIBRARIES "${libraries}")
  aiokpl_install_library(emulator aiokpl_emulator)
endif()

# The sinks for metrics, and what those over HTTP share.
get_property(sinks GLOBAL PROPERTY AIOKPL_SINKS)
foreach(sink IN LISTS sinks)
  aiokpl_install_library(${sink} aiokpl_${sink})
endforeach()

configure_package_config_file(cmake/aiokplConfig.cmake.in ${PROJECT_BINARY_DIR}/aiokplConfig.cmake
                              INSTALL_DESTINATION ${AIOKPL_CMAKE_DIR} NO_SET_AND_CHECK_MACRO)
# Before 1.0 a minor version may change the interface.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/aiokplConfigVersion.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/aiokplConfig.cmake ${PROJECT_BINARY_DIR}/aiokplConfigVersion.cmake
        DESTINATION ${AIOKPL_CMAKE_DIR} COMPONENT development)

# The prefix is known when it is installed: `cmake --install --prefix` may name another than the configured one.
set(aiokpl_prefix "@aiokpl_prefix@")
configure_file(cmake/aiokpl.pc.in ${PROJECT_BINARY_DIR}/aiokpl.pc.configured @ONLY)
install(CODE "
  set(aiokpl_prefix \"\${CMAKE_INSTALL_PREFIX}\")
  configure_file(\"${PROJECT_BINARY_DIR}/aiokpl.pc.configured\" \"${PROJECT_BINARY_DIR}/aiokpl.pc\" @ONLY)
" COMPONENT development)
install(FILES ${PROJECT_BINARY_DIR}/aiokpl.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig COMPONENT development)

if(TARGET aiokpl_program)
  install(TARGETS aiokpl_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT runtime)
  # Each under the name that man or a shell looks for, in the folder where it looks.
  install(FILES cli/aiokpl.1 DESTINATION ${CMAKE_INSTALL_MANDIR}/man1 COMPONENT runtime)
  set(completions ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
  install(FILES cli/completions/aiokpl.bash DESTINATION ${completions} RENAME aiokpl COMPONENT runtime)
  set(completions ${CMAKE_INSTALL_DATADIR}/zsh/site-functions)
  install(FILES cli/completions/aiokpl.zsh DESTINATION ${completions} RENAME _aiokpl COMPONENT runtime)
  install(FILES cli/completions/aiokpl.fish DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d
          COMPONENT runtime)
endif()
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT runtime)
