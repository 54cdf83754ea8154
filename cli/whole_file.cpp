#include "cli/whole_file.hpp"

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include <stdlib.h>  // NOLINT(modernize-deprecated-headers): mkstemps is not in <cstdlib>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/exit_status.hpp"
#include "cli/writer.hpp"

namespace aiokpl::cli {
namespace {

[[noreturn]] void refuse(ExitStatus status, const std::string& path, int error) {
  throw CommandError{status, path + ": " + std::generic_category().message(error)};
}

// In the same folder, or the rename would not be one step.
int open_beside(std::string& name, int suffix_length) {
  const int fd = ::mkstemps(name.data(), suffix_length);
  if (fd < 0) refuse(ExitStatus::nothing_done, name, errno);
  return fd;
}

}  // namespace

WholeFile::WholeFile(std::string path) : path_{std::move(path)} {
  if (::unlink(path_.c_str()) != 0 && errno != ENOENT) refuse(ExitStatus::usage, path_, errno);
}

WholeFile WholeFile::temporary(std::string_view prefix, std::string_view suffix) {
  std::string name = std::filesystem::temp_directory_path() / prefix;
  name.append("XXXXXX").append(suffix);
  ::close(open_beside(name, static_cast<int>(suffix.size())));
  return WholeFile{Adopted{}, std::move(name)};
}

WholeFile::~WholeFile() {
  if (ours_) ::unlink(path_.c_str());
}

WholeFile::WholeFile(WholeFile&& other) noexcept
    : path_{std::move(other.path_)}, ours_{std::exchange(other.ours_, false)} {}

void WholeFile::write(std::string_view content) {
  std::string beside = path_ + ".XXXXXX";
  const int fd = open_beside(beside, 0);
  int error = 0;
  try {
    Writer writer{fd, beside};
    writer.write(content);
    writer.flush();
  } catch (const std::system_error& failed) {
    error = failed.code().value();
  }
  // mkstemps makes a file that only its owner may read; what is written here is no secret.
  if (error == 0 && ::fchmod(fd, 0644) != 0) error = errno;
  if (::close(fd) != 0 && error == 0) error = errno;
  if (error == 0 && ::rename(beside.c_str(), path_.c_str()) != 0) error = errno;
  if (error != 0) {
    ::unlink(beside.c_str());
    refuse(ExitStatus::nothing_done, path_, error);
  }
  ours_ = true;
}

}  // namespace aiokpl::cli
