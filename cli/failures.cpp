#include "cli/failures.hpp"

#include <cerrno>
#include <system_error>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli/exit_status.hpp"
#include "cli/terminal.hpp"

namespace aiokpl::cli {
namespace {

// Without a file these show what is wrong; the rest is counted.
constexpr std::uint64_t most_told = 5;

std::string reason() {
  return std::generic_category().message(errno);
}

void refuse_input_file(const std::string& path, const std::vector<std::string>& inputs) {
  struct stat output{};
  if (::stat(path.c_str(), &output) != 0 || !S_ISREG(output.st_mode)) return;
  std::vector<std::string> read = inputs;
  if (read.empty()) read.emplace_back("-");
  for (const std::string& file : read) {
    struct stat input{};
    const int status = file == "-" ? ::fstat(STDIN_FILENO, &input) : ::stat(file.c_str(), &input);
    if (status != 0 || input.st_dev != output.st_dev || input.st_ino != output.st_ino) continue;
    throw CommandError{ExitStatus::usage, "--failed: " + path + " is read as input too, and would be emptied first"};
  }
}

std::string described(const InputRecord& record) {
  constexpr std::size_t shown = 40;
  if (!record.partition_key) return "a record without a key";
  return "the record with key '" + printable(record.partition_key->substr(0, shown)) +
         (record.partition_key->size() > shown ? "...'" : "'");
}

}  // namespace

Failures::Failures(const std::string& path, const std::vector<std::string>& inputs, bool quiet)
    : path_{path}, quiet_{quiet} {
  if (path_.empty()) return;
  refuse_input_file(path_, inputs);
  fd_ = path_ == "-" ? ::fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3)
                     : ::open(path_.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);
  if (fd_ < 0) throw CommandError{ExitStatus::usage, "--failed: " + path_ + ": " + reason()};
  writer_.emplace(fd_, path_ == "-" ? "standard output" : path_);
}

Failures::~Failures() {
  if (fd_ >= 0) ::close(fd_);
}

void Failures::add(const InputRecord& record, const Failure& failure) {
  const std::lock_guard lock{mutex_};
  count_locked(described(record), failure);
  if (!writer_) return;
  append_failed(writer_->buffer(), record, failure);
  write_locked();
}

void Failures::add_unreadable(const Unreadable& input) {
  const std::lock_guard lock{mutex_};
  const Failure failure{input.code, input.message};
  count_locked("input", failure);
  if (!writer_) return;
  append_unreadable(writer_->buffer(), input.bytes, failure);
  write_locked();
}

void Failures::count_locked(std::string_view what, const Failure& failure) {
  ++count_;
  const auto found = by_code_.find(failure.code);
  if (found == by_code_.end()) {
    by_code_.emplace(failure.code, 1);
  } else {
    ++found->second;
  }
  const std::string words = std::string{failure.code} + ": " + std::string{failure.message};
  if (writer_ || quiet_ || count_ > most_told) return;
  say("not stored: " + std::string{what} + ": " + words);
  if (count_ == most_told) say("more failures are counted, not shown; --failed FILE keeps them all");
}

void Failures::write_locked() {
  if (broken_) return writer_->buffer().clear();
  try {
    writer_->pass_on();
  } catch (const std::exception& error) {
    broken_ = true;
    writer_->buffer().clear();
    say("error: the file for failed records is incomplete: " + std::string{error.what()});
  }
}

bool Failures::finish() {
  const std::lock_guard lock{mutex_};
  if (!writer_ || broken_) return !broken_;
  try {
    writer_->flush();
    // Some file systems tell that there is no room only now.
    if (::fsync(fd_) != 0 && errno != EINVAL && errno != EROFS && errno != ENOTSUP) {
      throw std::system_error{errno, std::generic_category(), path_};
    }
  } catch (const std::exception& error) {
    broken_ = true;
    say("error: the file for failed records is incomplete: " + std::string{error.what()});
  }
  return !broken_;
}

std::uint64_t Failures::count() const {
  const std::lock_guard lock{mutex_};
  return count_;
}

std::uint64_t Failures::count(std::string_view code) const {
  const std::lock_guard lock{mutex_};
  const auto found = by_code_.find(code);
  return found == by_code_.end() ? 0 : found->second;
}

std::map<std::string, std::uint64_t, std::less<>> Failures::by_code() const {
  const std::lock_guard lock{mutex_};
  return by_code_;
}

}  // namespace aiokpl::cli
