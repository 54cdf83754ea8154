#include "codec/md5_lanes.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "codec/md5_lane_kernel.hpp"

namespace aiokpl::codec {

namespace {

/// Blocks that lie one behind the other.
struct BlockRun {
  const std::byte* at = nullptr;
  std::size_t blocks = 0;
};

/// Cuts one message into runs: whole blocks straight out of a piece; a block that straddles pieces, and the padded
/// end, out of a buffer.
class MessageFeed {
 public:
  void start(const Md5Job& job) noexcept {
    pieces_ = job.pieces;
    digest_ = job.digest;
    piece_ = {};
    size_ = 0;
    padded_ = false;
  }

  /// No blocks: the message has ended.
  BlockRun next() noexcept {
    if (padded_) return {};
    if (piece_.empty()) next_piece();
    if (piece_.size() >= md5_block_size) return whole_blocks();
    std::size_t fill = 0;
    while (!piece_.empty()) {
      const std::size_t taken = std::min(piece_.size(), md5_block_size - fill);
      std::memcpy(buffer_.data() + fill, piece_.data(), taken);
      piece_ = piece_.subspan(taken);
      fill += taken;
      if (fill == md5_block_size) {
        size_ += md5_block_size;
        return {buffer_.data(), 1};
      }
      next_piece();
    }
    padded_ = true;
    return {buffer_.data(), md5_pad(buffer_.data(), fill, size_ + fill)};
  }

  [[nodiscard]] Md5Digest& digest() const noexcept { return *digest_; }

 private:
  void next_piece() noexcept {
    while (piece_.empty() && !pieces_.empty()) {
      piece_ = pieces_.front();
      pieces_ = pieces_.subspan(1);
      if (!pieces_.empty()) expect(pieces_.front());
    }
  }

  BlockRun whole_blocks() noexcept {
    const BlockRun run{piece_.data(), piece_.size() / md5_block_size};
    piece_ = piece_.subspan(run.blocks * md5_block_size);
    size_ += run.blocks * md5_block_size;
    return run;
  }

  std::span<const Piece> pieces_;  // those behind the current one
  Piece piece_;
  Md5Digest* digest_ = nullptr;
  std::uint64_t size_ = 0;  // what was handed out
  bool padded_ = false;
  std::array<std::byte, 2 * md5_block_size> buffer_;
};

/// The lanes and what they work on. Lanes in use are always the first ones, so that the kernel can be narrowed when
/// no job is left to refill them.
class LaneScheduler {
 public:
  explicit LaneScheduler(std::span<const Md5Job> jobs) noexcept : kernel_{md5_lane_kernel()}, jobs_{jobs} {
    for (std::size_t lane = 0; lane < md5_max_lanes; ++lane)
      feed_of_[lane] = &feeds_[lane];
  }

  void run() noexcept {
    open_lanes();
    while (active_ > 1) {
      run_lanes();
      settle_lanes();
    }
    while (active_ == 1) {
      run_last_lane();
      settle_lanes();
    }
  }

 private:
  void open_lanes() noexcept {
    const std::size_t width = std::min(2 * kernel_.lanes, jobs_.size());
    for (; active_ < width; ++active_)
      start_next_job(active_);
  }

  void start_next_job(std::size_t lane) noexcept {
    feed_of_[lane]->start(jobs_.front());
    jobs_ = jobs_.subspan(1);
    for (std::size_t word = 0; word < 4; ++word)
      registers_.state[word][lane] = md5_initial_state[word];
    take_run(lane, feed_of_[lane]->next());
  }

  void take_run(std::size_t lane, BlockRun run) noexcept {
    registers_.at[lane] = run.at;
    left_[lane] = run.blocks;
  }

  /// As many blocks as every lane has in one run.
  void run_lanes() noexcept {
    const std::size_t blocks = *std::min_element(left_.begin(), left_.begin() + static_cast<std::ptrdiff_t>(active_));
    const bool narrow = active_ <= kernel_.lanes;
    const std::size_t width = narrow ? kernel_.lanes : 2 * kernel_.lanes;
    // Lanes without a message read what the first one reads, and nobody looks at what they make of it.
    std::fill(registers_.at + active_, registers_.at + width, registers_.at[0]);
    (narrow ? kernel_.one_vector : kernel_.two_vectors)(registers_, blocks);
    for (std::size_t lane = 0; lane < active_; ++lane) {
      left_[lane] -= blocks;
      registers_.at[lane] += blocks * md5_block_size;
    }
  }

  /// A message alone is faster without vectors.
  void run_last_lane() noexcept {
    Md5State state = state_of(0);
    md5_blocks(state, registers_.at[0], left_[0]);
    for (std::size_t word = 0; word < 4; ++word)
      registers_.state[word][0] = state[word];
    left_[0] = 0;
  }

  /// Gives lanes that ran dry their next run, their next job, or their place away.
  void settle_lanes() noexcept {
    for (std::size_t lane = 0; lane < active_;) {
      if (left_[lane] != 0) {
        ++lane;
        continue;
      }
      const BlockRun run = feed_of_[lane]->next();
      if (run.blocks != 0) {
        take_run(lane, run);
        continue;
      }
      feed_of_[lane]->digest() = to_digest(state_of(lane));
      if (jobs_.empty()) {
        move_last_lane_to(lane);
      } else {
        start_next_job(lane);
      }
    }
  }

  void move_last_lane_to(std::size_t lane) noexcept {
    const std::size_t last = --active_;
    if (lane == last) return;
    for (auto& word : registers_.state)
      word[lane] = word[last];
    registers_.at[lane] = registers_.at[last];
    left_[lane] = left_[last];
    std::swap(feed_of_[lane], feed_of_[last]);  // the feed itself stays: a run may lie in its buffer
  }

  [[nodiscard]] Md5State state_of(std::size_t lane) const noexcept {
    return {registers_.state[0][lane], registers_.state[1][lane], registers_.state[2][lane], registers_.state[3][lane]};
  }

  Md5LaneKernel kernel_;
  std::span<const Md5Job> jobs_;  // not yet started
  std::size_t active_ = 0;
  Md5LaneRegisters registers_;
  std::array<std::size_t, md5_max_lanes> left_;  // blocks of the lane's run
  std::array<MessageFeed*, md5_max_lanes> feed_of_;
  std::array<MessageFeed, md5_max_lanes> feeds_;
};

/// Keys that fit one block, side by side.
class KeyLanes {
 public:
  void add(std::string_view key, HashKey& out) noexcept {
    std::byte* const block = blocks_ + used_ * md5_block_size;
    md5_pad_alone(block, std::as_bytes(std::span{key}));
    registers_.at[used_] = block;
    outs_[used_++] = &out;
    if (used_ == 2 * kernel_.lanes) flush();
  }

  void flush() noexcept {
    if (used_ == 0) return;
    const bool narrow = used_ <= kernel_.lanes;
    std::fill(registers_.at + used_, registers_.at + 2 * kernel_.lanes, registers_.at[0]);
    for (std::size_t word = 0; word < 4; ++word) {
      std::fill(std::begin(registers_.state[word]), std::end(registers_.state[word]), md5_initial_state[word]);
    }
    (narrow ? kernel_.one_vector : kernel_.two_vectors)(registers_, 1);
    for (std::size_t lane = 0; lane < used_; ++lane) {
      *outs_[lane] = to_hash_key(to_digest({registers_.state[0][lane], registers_.state[1][lane],
                                            registers_.state[2][lane], registers_.state[3][lane]}));
    }
    used_ = 0;
  }

 private:
  Md5LaneKernel kernel_ = md5_lane_kernel();
  std::size_t used_ = 0;
  Md5LaneRegisters registers_;
  std::array<HashKey*, md5_max_lanes> outs_;
  alignas(64) std::byte blocks_[md5_max_lanes * md5_block_size];
};

}  // namespace

void md5_lanes(std::span<const Md5Job> jobs) noexcept {
  LaneScheduler{jobs}.run();
}

void md5_hash_keys(std::span<const std::string_view> keys, std::span<HashKey> out) noexcept {
  KeyLanes lanes;
  for (std::size_t i = 0; i < keys.size(); ++i) {
    if (keys[i].size() <= md5_one_block_limit) {
      lanes.add(keys[i], out[i]);
    } else {
      out[i] = md5_hash_key(keys[i]);
    }
  }
  lanes.flush();
}

}  // namespace aiokpl::codec
