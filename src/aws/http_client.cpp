#include "aws/http_client.hpp"

#include <algorithm>
#include <atomic>
#include <charconv>
#include <deque>
#include <limits>
#include <mutex>
#include <new>
#include <numeric>
#include <stdexcept>
#include <unordered_map>
#include <utility>

#include <curl/curl.h>

#include "aws/curl_url.hpp"
#include "aws/http_transfer.hpp"
#include "aws/no_fork_here.hpp"
#include "aws/secrets.hpp"

namespace aiokpl::aws {
namespace {

void initialise_curl() {
  static std::once_flag once;
  std::call_once(once, [] {
    if (curl_global_init(CURL_GLOBAL_ALL) != CURLE_OK) throw std::runtime_error{"libcurl could not be initialised"};
  });
}

Transfer::Target parse_target(const std::string& url, const std::optional<ProxySettings>& proxies) {
  const CurlUrl parsed{url};
  if (!parsed) return {.host_and_port = url};
  const std::string host = parsed.part(CURLUPART_HOST);
  const std::string port = parsed.part(CURLUPART_PORT, CURLU_DEFAULT_PORT);
  std::uint16_t number = 0;
  std::from_chars(port.data(), port.data() + port.size(), number);
  return {.host_and_port = host + ":" + port,
          .proxy = proxies ? proxies->find(parsed.part(CURLUPART_SCHEME), host, number) : nullptr};
}

/// Among them is a session token.
void wipe_headers(HttpRequest& request) {
  for (std::string& line : request.headers)
    wipe(line);
}

}  // namespace

class HttpClient::Impl {
 public:
  explicit Impl(HttpOptions options) : options_{std::move(options)} {
    options_.max_connections = std::max<std::size_t>(options_.max_connections, 1);
    initialise_curl();
    multi_.reset(curl_multi_init());
    // The first wakeup shows whether libcurl could make its pair of sockets; the poll takes it in again.
    if (!multi_ || curl_multi_wakeup(multi_.get()) != CURLM_OK) {
      throw std::runtime_error{"libcurl could not be set up: no memory, or no file descriptor left"};
    }
    curl_multi_poll(multi_.get(), nullptr, 0, 0, nullptr);
    curl_multi_setopt(multi_.get(), CURLMOPT_MAXCONNECTS, static_cast<long>(options_.max_connections));
  }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;
  ~Impl() {
    for (auto& [ticket, transfer] : active_)
      curl_multi_remove_handle(multi_.get(), transfer->handle());
  }

  HttpTicket start(HttpRequest request) {
    const std::size_t size = std::accumulate(request.body.begin(), request.body.end(), std::size_t{0},
                                             [](std::size_t sum, codec::Piece piece) { return sum + piece.size(); });
    if (size != request.body_size) throw std::invalid_argument{"body_size differs from the size of the pieces"};
    if (request.method == HttpMethod::get && size > 0) throw std::invalid_argument{"a GET has no body"};
    const HttpTicket ticket = ++last_ticket_;
    queued_.push_back({ticket, std::move(request)});
    return ticket;
  }

  void cancel(HttpTicket ticket) {
    std::erase_if(queued_, [ticket](Queued& queued) {
      if (queued.ticket == ticket) wipe_headers(queued.request);
      return queued.ticket == ticket;
    });
    if (const auto found = active_.find(ticket); found != active_.end()) retire(found->second.get());
  }

  void poll(std::chrono::nanoseconds wait, std::vector<HttpCompletion>& completed) {
    const std::size_t before = completed.size();
    {
      const NoForkHere here;
      start_queued();
      perform(completed);
    }
    if (completed.size() == before) wait_for_activity(wait);
    const NoForkHere here;
    if (completed.size() == before) perform(completed);
    expire(completed);
  }

  void wakeup() noexcept {
    // One byte in the pipe is enough, however many threads call before the poll gets round to it.
    if (!woken_.exchange(true, std::memory_order_acq_rel)) curl_multi_wakeup(multi_.get());
  }

  [[nodiscard]] std::size_t in_flight() const noexcept { return active_.size() + queued_.size(); }

 private:
  struct Queued {
    HttpTicket ticket;
    HttpRequest request;
  };
  struct MultiCleanup {
    void operator()(CURLM* multi) const noexcept { curl_multi_cleanup(multi); }
  };

  void start_queued() {
    while (!queued_.empty() && active_.size() < options_.max_connections) {
      Queued next = std::move(queued_.front());
      queued_.pop_front();
      std::unique_ptr<Transfer> transfer = take_transfer();
      transfer->prepare(next.ticket, next.request, target_of(next.request.url), look_up_anew_);
      wipe_headers(next.request);
      if (curl_multi_add_handle(multi_.get(), transfer->handle()) != CURLM_OK) throw std::bad_alloc{};
      active_.emplace(next.ticket, std::move(transfer));
    }
  }

  std::unique_ptr<Transfer> take_transfer() {
    if (idle_.empty()) return std::make_unique<Transfer>(options_, sockets_);
    auto transfer = std::move(idle_.back());
    idle_.pop_back();
    return transfer;
  }

  const Transfer::Target& target_of(const std::string& url) {
    if (url != last_url_) {
      last_target_ = parse_target(url, options_.proxy);
      last_url_ = url;
    }
    return last_target_;
  }

  /// Takes a transfer off libcurl and keeps its handle for the next request.
  void retire(Transfer* transfer) {
    curl_multi_remove_handle(multi_.get(), transfer->handle());
    auto node = active_.extract(transfer->ticket());
    transfer->release();
    idle_.push_back(std::move(node.mapped()));
  }

  void perform(std::vector<HttpCompletion>& completed) {
    if (active_.empty()) return;
    int running = 0;
    curl_multi_perform(multi_.get(), &running);
    const auto now = Transfer::Clock::now();
    for (auto& [ticket, transfer] : active_)
      transfer->note_progress(now);
    int left = 0;
    while (const CURLMsg* message = curl_multi_info_read(multi_.get(), &left)) {
      if (message->msg != CURLMSG_DONE) continue;
      const CURLcode result = message->data.result;  // the message dies with the handle's removal
      Transfer* transfer = nullptr;
      curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &transfer);
      completed.push_back(transfer->finish(result));
      note(completed.back().error);
      retire(transfer);
    }
  }

  /// An address that takes no connection may not be the host's any more, long before libcurl would ask again: all
  /// records that wait would expire at an address that is dead.
  void note(HttpError error) noexcept {
    if (error == HttpError::none) look_up_anew_ = false;
    const bool no_connection = error == HttpError::resolve || error == HttpError::connect ||
                               error == HttpError::connect_timeout || error == HttpError::tls;
    if (no_connection) look_up_anew_ = true;
  }

  void wait_for_activity(std::chrono::nanoseconds wait) {
    for (const auto& [ticket, transfer] : active_) {
      if (transfer->next_look() == Transfer::Clock::time_point::max()) continue;
      wait = std::min<std::chrono::nanoseconds>(wait, transfer->next_look() - Transfer::Clock::now());
    }
    wait = std::max(wait, std::chrono::nanoseconds::zero());
    // ceil() would overflow near the largest span, which stands for "no limit".
    constexpr auto longest = std::chrono::milliseconds{std::numeric_limits<int>::max()};
    const auto rounded = wait > longest ? longest : std::chrono::ceil<std::chrono::milliseconds>(wait);
    curl_multi_poll(multi_.get(), nullptr, 0, static_cast<int>(rounded.count()), nullptr);
    // Whoever finds the flag still set writes no byte, and needs none: this poll returns after the reset, which
    // makes what that thread did before visible here.
    woken_.exchange(false, std::memory_order_acq_rel);
  }

  void expire(std::vector<HttpCompletion>& completed) {
    if (active_.empty()) return;
    const auto now = Transfer::Clock::now();
    std::vector<Transfer*> stuck;
    for (const auto& [ticket, transfer] : active_) {
      if (transfer->is_stuck(now)) stuck.push_back(transfer.get());
    }
    for (Transfer* transfer : stuck) {
      completed.push_back(transfer->give_up());
      retire(transfer);
    }
  }

  HttpOptions options_;
  HttpSockets sockets_;  // before the connections, which multi_ owns
  // Before the easy handles, so that they go first: libcurl wants it this way round.
  std::unique_ptr<CURLM, MultiCleanup> multi_;
  std::unordered_map<HttpTicket, std::unique_ptr<Transfer>> active_;
  std::vector<std::unique_ptr<Transfer>> idle_;
  std::deque<Queued> queued_;
  HttpTicket last_ticket_ = 0;
  std::string last_url_;
  Transfer::Target last_target_;
  bool look_up_anew_ = false;
  std::atomic<bool> woken_ = false;
};

HttpClient::HttpClient(HttpOptions options) {
  const NoForkHere here;
  impl_ = std::make_unique<Impl>(std::move(options));
}
HttpClient::~HttpClient() {
  const NoForkHere here;
  impl_.reset();
}

HttpTicket HttpClient::start(HttpRequest request) {
  return impl_->start(std::move(request));
}
void HttpClient::cancel(HttpTicket ticket) {
  const NoForkHere here;
  impl_->cancel(ticket);
}
void HttpClient::poll(std::chrono::nanoseconds wait, std::vector<HttpCompletion>& completed) {
  impl_->poll(wait, completed);
}
void HttpClient::wakeup() noexcept {
  impl_->wakeup();
}
std::size_t HttpClient::in_flight() const noexcept {
  return impl_->in_flight();
}

}  // namespace aiokpl::aws
