#include "cli/reader.hpp"

#include <utility>

#include "cli/ndjson.hpp"

namespace aiokpl::cli {
namespace {

bool is_blank(std::string_view line) {
  return line.find_first_not_of(" \t\r") == std::string_view::npos;
}

}  // namespace

RecordReader::RecordReader(std::vector<std::string> files, Framing framing, KeyRules keys, int stop_fd)
    : input_{std::move(files), framing, stop_fd}, framing_{framing}, keys_{std::move(keys)} {}

bool RecordReader::next(InputBatch& batch) {
  batch.clear();
  if (!input_.next(pieces_)) return false;
  for (const Piece& piece : pieces_) {
    if (piece.problem != nullptr) {
      batch.unreadable.push_back({std::string{piece.bytes}, input_error::unreadable, piece.problem});
    } else {
      read_piece(piece.bytes, batch);
    }
  }
  return true;
}

void RecordReader::read_piece(std::string_view piece, InputBatch& batch) {
  InputRecord record;
  std::string problem;
  if (framing_ != Framing::ndjson) {
    if (apply_keys(keys_, piece, batch, record, problem)) {
      batch.records.push_back(record);
    } else {
      batch.unreadable.push_back({std::string{piece}, input_error::no_key, std::move(problem)});
    }
    return;
  }
  if (is_blank(piece)) return;
  if (!read_ndjson(piece, batch, record, problem)) {
    // A line that was refused before keeps what it held, not a shell around a shell.
    auto before = read_unreadable(piece);
    batch.unreadable.push_back(
        {before ? *std::move(before) : std::string{piece}, input_error::unreadable, std::move(problem)});
    return;
  }
  if (!record.partition_key && keys_.partition_key) record.partition_key = *keys_.partition_key;
  if (!record.explicit_hash_key && keys_.explicit_hash_key) record.explicit_hash_key = *keys_.explicit_hash_key;
  batch.records.push_back(record);
}

}  // namespace aiokpl::cli
