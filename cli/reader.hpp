#pragma once

#include <string>
#include <vector>

#include "cli/framing.hpp"
#include "cli/input.hpp"
#include "cli/input_record.hpp"
#include "cli/keys.hpp"

namespace aiokpl::cli {

/// Makes records of an input's pieces.
class RecordReader {
 public:
  RecordReader(std::vector<std::string> files, Framing framing, KeyRules keys, int stop_fd);

  /// Everything that one read of the input brought, valid until the next call; false at the end.
  bool next(InputBatch& batch);
  [[nodiscard]] const Input& input() const noexcept { return input_; }

 private:
  void read_piece(std::string_view piece, InputBatch& batch);

  Input input_;
  Framing framing_;
  KeyRules keys_;
  std::vector<Piece> pieces_;
};

}  // namespace aiokpl::cli
