#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "codec/decimal.hpp"
#include "codec/md5_lanes.hpp"
#include "codec/put_records_body.hpp"
#include "pipeline/batch.hpp"
#include "pipeline/batch_reader.hpp"

namespace aiokpl::pipeline {

/// Makes the body of a PutRecords request out of its Kinesis records, all at once: the MD5 trailers of its aggregates
/// are computed side by side. The body points into the batches, which must stay until the request has ended.
class RequestSealer {
 public:
  struct Options {
    codec::StreamReference stream;
    bool json = false;
    /// The stream places records itself: a record without a key goes without one.
    bool automatic = false;
  };

  /// Valid until the next `seal`.
  [[nodiscard]] const codec::PutRecordsBody& seal(std::span<const BatchPtr> batches, const Options& options);

 private:
  /// One Kinesis record's stretch of `pieces_` and what goes beside it.
  struct Part {
    std::size_t first_piece = 0;
    std::size_t piece_count = 0;
    std::size_t size = 0;
    std::string_view partition_key;
    bool has_partition_key = true;
    /// A view into the batch, for a lone record; an aggregate's is written here.
    std::string_view explicit_hash_key;
    std::size_t written_size = 0;
    std::array<char, codec::max_decimal_size> written_hash_key;
  };

  void add_raw(const Batch& batch, bool automatic);
  void add_aggregate(const Batch& batch);
  void compute_trailers(std::span<const BatchPtr> batches);

  std::vector<Piece> pieces_;
  std::vector<Part> parts_;
  std::vector<codec::Md5Job> jobs_;
  std::vector<codec::Entry> entries_;
  codec::PutRecordsBody body_;
  BatchReader reader_;
};

}  // namespace aiokpl::pipeline
