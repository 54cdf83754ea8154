# Makes a C++ source of a text file: cmake -DINPUT=share/demo.txt -DOUTPUT=demo_text.cpp -P embed_text.cmake
file(READ "${INPUT}" text)
string(CONCAT source "#include \"cli/demo_text.hpp\"\n\nnamespace aiokpl::cli {\n\n"
       "std::string_view demo_text() noexcept {\n  return R\"text(" "${text}" ")text\";\n}\n\n}  // namespace aiokpl::cli\n")
file(WRITE "${OUTPUT}" "${source}")
