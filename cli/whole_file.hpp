#pragma once

#include <string>
#include <string_view>

namespace aiokpl::cli {

/// A file that others see whole or not at all, and that goes away with its owner.
class WholeFile {
 public:
  /// Takes away what an earlier owner left at `path`: it would speak of what is no more. Throws CommandError (usage)
  /// when that cannot be done.
  explicit WholeFile(std::string path);
  /// A new file of a name that nobody else has, in the folder for temporary files: "aiokpl-local-XXXXXX.pem".
  [[nodiscard]] static WholeFile temporary(std::string_view prefix, std::string_view suffix);
  ~WholeFile();
  WholeFile(WholeFile&& other) noexcept;
  WholeFile& operator=(WholeFile&&) = delete;
  WholeFile(const WholeFile&) = delete;
  WholeFile& operator=(const WholeFile&) = delete;

  /// Writes under another name and renames. Throws CommandError (nothing_done).
  void write(std::string_view content);
  [[nodiscard]] const std::string& path() const noexcept { return path_; }

 private:
  struct Adopted {};
  WholeFile(Adopted, std::string path) : path_{std::move(path)}, ours_{true} {}

  std::string path_;
  bool ours_ = false;
};

}  // namespace aiokpl::cli
