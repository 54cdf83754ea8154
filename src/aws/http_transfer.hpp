#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include <curl/curl.h>

#include "aws/http_client.hpp"
#include "aws/http_sockets.hpp"

namespace aiokpl::aws {

/// One easy handle, reused for request after request, with what libcurl's callbacks need.
class Transfer {
 public:
  using Clock = std::chrono::steady_clock;

  Transfer(const HttpOptions& options, HttpSockets& sockets);
  Transfer(const Transfer&) = delete;
  Transfer& operator=(const Transfer&) = delete;
  ~Transfer();

  struct Target {
    std::string host_and_port;
    /// Null: there is none on the way. It outlives the transfer.
    const Proxy* proxy = nullptr;
  };

  /// `anew`: the host's name is looked up if a connection has to be made, whatever is remembered of it.
  void prepare(HttpTicket ticket, const HttpRequest& request, const Target& target, bool anew);
  /// The end that libcurl reports, in our words.
  [[nodiscard]] HttpCompletion finish(CURLcode result);
  /// The end when nothing moved any more.
  [[nodiscard]] HttpCompletion give_up();
  /// Lets go of the request, so that the handle can serve another.
  void release();

  [[nodiscard]] CURL* handle() const noexcept { return easy_.get(); }
  [[nodiscard]] HttpTicket ticket() const noexcept { return ticket_; }

  /// Whether it is time to give up; looks at the socket at most once a sixteenth of the timeout.
  [[nodiscard]] bool is_stuck(Clock::time_point now);
  /// When `is_stuck` wants to be asked again; the far future while libcurl's own connect timeout is in charge.
  [[nodiscard]] Clock::time_point next_look() const noexcept { return next_look_; }
  /// After a round in which bytes moved: notes how far they got.
  void note_progress(Clock::time_point now);

 private:
  struct EasyCleanup {
    void operator()(CURL* easy) const noexcept { curl_easy_cleanup(easy); }
  };
  struct ListCleanup {
    /// Wipes the lines, since there may be a session token among them.
    void operator()(curl_slist* list) const noexcept;
  };

  static std::size_t on_read(char* buffer, std::size_t size, std::size_t count, void* self);
  static std::size_t on_write(char* data, std::size_t size, std::size_t count, void* self);
  static std::size_t on_header(char* data, std::size_t size, std::size_t count, void* self);
  static int on_seek(void* self, curl_off_t offset, int origin);
  static int on_request(void* self, char* remote_ip, char* local_ip, int remote_port, int local_port);

  std::size_t read_body(char* buffer, std::size_t room);
  void read_header(std::string_view line);
  void set_fixed_options();
  void set_authorities();
  void set_method(HttpMethod method);
  void touch() noexcept { touched_ = true; }
  /// Bytes that libcurl gave to the socket, and those of them that the peer has not acknowledged yet.
  struct Sent {
    std::uint64_t written = 0;
    std::uint64_t unacknowledged = 0;
    friend bool operator==(const Sent&, const Sent&) = default;
  };
  [[nodiscard]] Sent sent() const;
  /// Whether bytes of the answer have come since the last look, those too that libcurl keeps until it has more.
  [[nodiscard]] bool has_received();
  void schedule_look(Clock::time_point now);
  [[nodiscard]] HttpCompletion completion(HttpError error, std::string message);
  [[nodiscard]] HttpError classify(CURLcode result) const;
  [[nodiscard]] std::string explain(HttpError error, CURLcode result) const;
  [[nodiscard]] std::string explain_connect(const std::string& words) const;
  [[nodiscard]] std::string explain_tls(CURLcode result, const std::string& words) const;
  /// Whether the proxy, and not who is behind it, ended the exchange: then nothing of the request was sent on.
  [[nodiscard]] bool proxy_refused(CURLcode result) const;
  [[nodiscard]] std::string explain_refusal() const;
  /// Of the proxy's last answer to CONNECT, or to a plain request; 0 when there was none.
  [[nodiscard]] long proxy_status() const;
  /// ", through the proxy 10.0.0.1:3128", or nothing.
  [[nodiscard]] std::string by_way_of() const;
  void set_proxy();

  HttpOptions options_;
  HttpSockets& sockets_;
  std::unique_ptr<CURL, EasyCleanup> easy_;
  std::unique_ptr<curl_slist, ListCleanup> headers_;
  std::array<char, CURL_ERROR_SIZE> error_text_{};

  HttpMethod method_ = HttpMethod::post;  // that the handle is set to
  HttpTicket ticket_ = 0;
  Target target_;
  std::span<const codec::Piece> body_;
  std::size_t body_size_ = 0;
  std::size_t piece_ = 0;            // the piece that is read next
  std::size_t offset_in_piece_ = 0;  // and where in it
  HttpResponse response_;
  bool response_too_large_ = false;
  bool head_is_whole_ = false;  // of the answer

  bool connected_ = false;
  curl_socket_t socket_ = CURL_SOCKET_BAD;  // while connected
  bool touched_ = false;                    // a callback ran since the last note_progress
  Sent last_sent_;
  std::optional<std::uint64_t> last_received_;  // as of the last look at the socket
  Clock::time_point moved_at_;
  Clock::time_point next_look_;
};

}  // namespace aiokpl::aws
