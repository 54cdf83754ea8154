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
  # At the top of the build tree, where people look for it: build/release/aiokpl.
  set_target_properties(aiokpl_program PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${PROJECT_BINARY_DIR})
  install(TARGETS aiokpl_program RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR} COMPONENT runtime)
endif()

# aiokpl_install_if_there(file folder name): the name that a shell or man looks for, in the folder where it looks.
function(aiokpl_install_if_there file folder name)
  if(EXISTS ${PROJECT_SOURCE_DIR}/${file})
    install(FILES ${file} DESTINATION ${folder} RENAME ${name} COMPONENT runtime)
  endif()
endfunction()

if(TARGET aiokpl_program)
  aiokpl_install_if_there(cli/aiokpl.1 ${CMAKE_INSTALL_MANDIR}/man1 aiokpl.1)
  aiokpl_install_if_there(cli/completions/aiokpl.bash ${CMAKE_INSTALL_DATADIR}/bash-completion/completions aiokpl)
  aiokpl_install_if_there(cli/completions/aiokpl.zsh ${CMAKE_INSTALL_DATADIR}/zsh/site-functions _aiokpl)
  aiokpl_install_if_there(cli/completions/aiokpl.fish ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d aiokpl.fish)
endif()
install(FILES LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR} COMPONENT runtime)
