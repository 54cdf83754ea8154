#include "producer/process.hpp"

#include <filesystem>
#include <fstream>
#include <iostream>

#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

namespace aiokpl::bench {
namespace {

double seconds_of(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

std::uint64_t status_value(const std::filesystem::path& file, const std::string& name) {
  std::ifstream in{file};
  for (std::string line; std::getline(in, line);) {
    if (line.starts_with(name + ':')) return std::stoull(line.substr(name.size() + 1));
  }
  return 0;
}

}  // namespace

CpuTime process_cpu() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return {seconds_of(usage.ru_utime), seconds_of(usage.ru_stime)};
}

double process_cpu_seconds() {
  timespec time{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) * 1e-9;
}

std::uint64_t process_memory(const std::string& name) {
  return status_value("/proc/self/status", name) * 1024;
}

std::uint64_t sleeps_of_other_threads() {
  const std::string own = std::to_string(gettid());
  std::uint64_t sum = 0;
  for (const auto& task : std::filesystem::directory_iterator{"/proc/self/task"}) {
    if (task.path().filename() != own) sum += status_value(task.path() / "status", "voluntary_ctxt_switches");
  }
  return sum;
}

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

void meet(const std::string& event) {
  std::cout << R"({"event": ")" << event << "\"}" << std::endl;
  std::string line;
  std::getline(std::cin, line);
}

}  // namespace aiokpl::bench
