#include "cli/program.hpp"

int main(int argc, char** argv) {
  return aiokpl::cli::run_program(argc, argv);
}
