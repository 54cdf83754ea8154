#include "pipeline/request_sealer.hpp"

#include "codec/aggregate_format.hpp"

namespace aiokpl::pipeline {

const codec::PutRecordsBody& RequestSealer::seal(std::span<const BatchPtr> batches, const Options& options) {
  pieces_.clear();
  parts_.clear();
  for (std::size_t i = 0; i < batches.size(); ++i) {
    if (i + batches_ahead < batches.size()) expect(*batches[i + batches_ahead], true);
    if (batches[i]->goes_raw()) {
      add_raw(*batches[i], options.automatic);
    } else {
      add_aggregate(*batches[i]);
    }
  }
  compute_trailers(batches);
  entries_.clear();
  for (const Part& part : parts_) {
    entries_.push_back({.data = std::span{pieces_}.subspan(part.first_piece, part.piece_count),
                        .data_size = part.size,
                        .partition_key = part.partition_key,
                        .has_partition_key = part.has_partition_key,
                        .explicit_hash_key = part.written_size == 0
                                                 ? part.explicit_hash_key
                                                 : std::string_view{part.written_hash_key.data(), part.written_size}});
  }
  if (options.json) {
    body_.encode_json(options.stream, entries_);
  } else {
    body_.encode_cbor(options.stream, entries_);
  }
  return body_;
}

void RequestSealer::add_raw(const Batch& batch, bool automatic) {
  reader_.open(batch);
  reader_.next();
  Part& part = parts_.emplace_back();
  part.first_piece = pieces_.size();
  part.piece_count = reader_.parts().data.size();
  part.size = reader_.parts().data_size;
  part.partition_key = reader_.stored_key();
  pieces_.insert(pieces_.end(), reader_.parts().data.begin(), reader_.parts().data.end());
  if (automatic && reader_.keyless()) {
    part.has_partition_key = false;
  } else {
    part.explicit_hash_key = reader_.stored_hash_key().value_or("");
  }
}

void RequestSealer::add_aggregate(const Batch& batch) {
  Part& part = parts_.emplace_back();
  part.first_piece = pieces_.size();
  part.size = batch.aggregated_size();
  part.partition_key = codec::aggregate_partition_key;
  part.written_size = static_cast<std::size_t>(
      codec::write_decimal(part.written_hash_key.data(), batch.first_hash_key()) - part.written_hash_key.data());
  pieces_.emplace_back(codec::aggregate_magic);
  batch.add_body_pieces(pieces_);
  pieces_.emplace_back();  // the trailer, once it is known
  part.piece_count = pieces_.size() - part.first_piece;
}

void RequestSealer::compute_trailers(std::span<const BatchPtr> batches) {
  jobs_.clear();
  for (std::size_t i = 0; i < batches.size(); ++i) {
    Batch& batch = *batches[i];
    if (batch.goes_raw()) continue;
    const Part& part = parts_[i];
    const std::span<Piece> pieces = std::span{pieces_}.subspan(part.first_piece, part.piece_count);
    if (!batch.trailer) {
      batch.trailer.emplace();
      jobs_.push_back({.pieces = pieces.subspan(1, pieces.size() - 2), .digest = &*batch.trailer});
    }
    pieces.back() = Piece{*batch.trailer};
  }
  codec::md5_lanes(jobs_);
}

}  // namespace aiokpl::pipeline
