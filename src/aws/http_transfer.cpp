#include "aws/http_transfer.hpp"

#include <algorithm>
#include <cstring>
#include <new>
#include <string_view>
#include <utility>

#include <openssl/crypto.h>

#include "codec/ascii.hpp"

namespace aiokpl::aws {
namespace {

// How much libcurl reads from the pieces at once. CPU a byte of 4 MiB bodies over loopback, on a busy machine: 64 KiB
// 0.40 ns plain and 0.80 ns over TLS, 128 KiB 0.23 and 0.93, 2 MiB 0.34 and 1.04. Each connection has one.
constexpr long upload_buffer_size = 128L * 1024;
constexpr int looks_in_a_timeout = 16;
constexpr long seconds_of_names = 60;  // libcurl's own default
constexpr Transfer::Clock::time_point never = Transfer::Clock::time_point::max();

template <typename Value>
void set(CURL* easy, CURLoption option, Value value) {
  // These options exist in every libcurl that we build with; what is left to fail is memory.
  if (curl_easy_setopt(easy, option, value) == CURLE_OUT_OF_MEMORY) throw std::bad_alloc{};
}

long milliseconds(std::chrono::nanoseconds span) {
  return static_cast<long>(std::max<std::int64_t>(std::chrono::ceil<std::chrono::milliseconds>(span).count(), 1));
}

bool equals_ignoring_case(std::string_view left, std::string_view lower) {
  return std::ranges::equal(left, lower, [](char a, char b) { return codec::to_lower(a) == b; });
}

std::string_view trim(std::string_view text) {
  constexpr std::string_view blank = " \t\r\n";
  const std::size_t first = text.find_first_not_of(blank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(blank) - first + 1);
}

}  // namespace

void Transfer::ListCleanup::operator()(curl_slist* list) const noexcept {
  for (curl_slist* entry = list; entry != nullptr; entry = entry->next)
    OPENSSL_cleanse(entry->data, std::strlen(entry->data));
  curl_slist_free_all(list);
}

Transfer::Transfer(const HttpOptions& options, HttpSockets& sockets)
    : options_{options}, sockets_{sockets}, easy_{curl_easy_init()} {
  if (!easy_) throw std::bad_alloc{};
  set_fixed_options();
}

Transfer::~Transfer() = default;

void Transfer::set_fixed_options() {
  CURL* easy = easy_.get();
  sockets_.watch(easy);
  set(easy, CURLOPT_PRIVATE, this);
  set(easy, CURLOPT_ERRORBUFFER, error_text_.data());
  set(easy, CURLOPT_NOSIGNAL, 1L);
#if LIBCURL_VERSION_NUM >= 0x075700
  set(easy, CURLOPT_QUICK_EXIT, 1L);  // cancelling must not wait for a name lookup that hangs
#endif
  set(easy, CURLOPT_POST, 1L);
  set(easy, CURLOPT_HTTP_VERSION, static_cast<long>(CURL_HTTP_VERSION_1_1));
  set(easy, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(easy, CURLOPT_FOLLOWLOCATION, 0L);
  set(easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  set(easy, CURLOPT_PROXY_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  set(easy, CURLOPT_PROXYAUTH, CURLAUTH_BASIC);
  set(easy, CURLOPT_TCP_NODELAY, 1L);
  set(easy, CURLOPT_UPLOAD_BUFFERSIZE, upload_buffer_size);
  set(easy, CURLOPT_CONNECTTIMEOUT_MS, milliseconds(options_.connect_timeout));
  if (!options_.user_agent.empty()) set(easy, CURLOPT_USERAGENT, options_.user_agent.c_str());
  if (!options_.verify_ssl) {
    set(easy, CURLOPT_SSL_VERIFYPEER, 0L);
    set(easy, CURLOPT_SSL_VERIFYHOST, 0L);
    set(easy, CURLOPT_PROXY_SSL_VERIFYPEER, 0L);
    set(easy, CURLOPT_PROXY_SSL_VERIFYHOST, 0L);
  }
  set(easy, CURLOPT_CERTINFO, 1L);  // for the words about a certificate of other names
  set_authorities();
  set(easy, CURLOPT_READFUNCTION, &Transfer::on_read);
  set(easy, CURLOPT_READDATA, static_cast<void*>(this));
  set(easy, CURLOPT_WRITEFUNCTION, &Transfer::on_write);
  set(easy, CURLOPT_WRITEDATA, static_cast<void*>(this));
  set(easy, CURLOPT_HEADERFUNCTION, &Transfer::on_header);
  set(easy, CURLOPT_HEADERDATA, static_cast<void*>(this));
  set(easy, CURLOPT_SEEKFUNCTION, &Transfer::on_seek);
  set(easy, CURLOPT_SEEKDATA, static_cast<void*>(this));
  set(easy, CURLOPT_PREREQFUNCTION, &Transfer::on_request);
  set(easy, CURLOPT_PREREQDATA, static_cast<void*>(this));
}

void Transfer::set_authorities() {
  if (!options_.ca_bundle) return;
  CURL* easy = easy_.get();
  set(easy, CURLOPT_CAINFO, options_.ca_bundle->c_str());
  set(easy, CURLOPT_PROXY_CAINFO, options_.ca_bundle->c_str());
  // Or those of the system's folder would be trusted beside the file's.
  set(easy, CURLOPT_CAPATH, static_cast<const char*>(nullptr));
  set(easy, CURLOPT_PROXY_CAPATH, static_cast<const char*>(nullptr));
}

/// Left alone, libcurl would ask the environment: an empty proxy is none, an empty list of exceptions has none.
void Transfer::set_proxy() {
  CURL* easy = easy_.get();
  const Proxy* const proxy = target_.proxy;
  set(easy, CURLOPT_NOPROXY, "");
  set(easy, CURLOPT_PROXY, proxy != nullptr ? proxy->url().c_str() : "");
  const bool known = proxy != nullptr && !proxy->user_name.empty();
  set(easy, CURLOPT_PROXYUSERNAME, known ? proxy->user_name.c_str() : nullptr);
  set(easy, CURLOPT_PROXYPASSWORD, known ? proxy->password.c_str() : nullptr);
}

void Transfer::set_method(HttpMethod method) {
  if (method == method_) return;
  CURL* easy = easy_.get();
  set(easy, method == HttpMethod::get ? CURLOPT_HTTPGET : CURLOPT_POST, 1L);
  // To libcurl a PUT is a POST by another name: its own PUT would wait for a 100.
  set(easy, CURLOPT_CUSTOMREQUEST, method == HttpMethod::put ? "PUT" : nullptr);
  method_ = method;
}

void Transfer::prepare(HttpTicket ticket, const HttpRequest& request, const Target& target, bool anew) {
  ticket_ = ticket;
  target_ = target;
  if (request.direct) target_.proxy = nullptr;
  body_ = request.body;
  body_size_ = request.body_size;
  piece_ = 0;
  offset_in_piece_ = 0;
  response_ = {};
  response_too_large_ = false;
  head_is_whole_ = false;
  connected_ = false;
  socket_ = CURL_SOCKET_BAD;
  touched_ = false;
  last_sent_ = {};
  last_received_.reset();
  next_look_ = never;
  error_text_[0] = '\0';

  CURL* easy = easy_.get();
  set(easy, CURLOPT_URL, request.url.c_str());
  set(easy, CURLOPT_DNS_CACHE_TIMEOUT, anew ? 0L : seconds_of_names);
  set_method(request.method);
  set(easy, CURLOPT_POSTFIELDSIZE_LARGE, static_cast<curl_off_t>(body_size_));
  set_proxy();
  headers_.reset();
  const auto add = [&](const char* line) {
    curl_slist* longer = curl_slist_append(headers_.get(), line);
    if (longer == nullptr) throw std::bad_alloc{};
    static_cast<void>(headers_.release());
    headers_.reset(longer);
  };
  for (const std::string& line : request.headers)
    add(line.c_str());
  add("Expect:");  // no 100-continue: it costs a round trip before each large body
  add("Accept:");
  // Where the caller names one, this one is passed over.
  if (request.method == HttpMethod::put) add("Content-Type:");
  set(easy, CURLOPT_HTTPHEADER, headers_.get());
}

void Transfer::release() {
  ticket_ = 0;
  body_ = {};
  body_size_ = 0;
  socket_ = CURL_SOCKET_BAD;
  next_look_ = never;
  set(easy_.get(), CURLOPT_HTTPHEADER, static_cast<curl_slist*>(nullptr));
  headers_.reset();
}

std::size_t Transfer::on_read(char* buffer, std::size_t size, std::size_t count, void* self) {
  return static_cast<Transfer*>(self)->read_body(buffer, size * count);
}

std::size_t Transfer::read_body(char* buffer, std::size_t room) {
  touch();
  std::size_t filled = 0;
  while (filled < room && piece_ < body_.size()) {
    const codec::Piece piece = body_[piece_];
    if (offset_in_piece_ == 0 && piece_ + 1 < body_.size()) codec::expect(body_[piece_ + 1]);
    const std::size_t n = std::min(room - filled, piece.size() - offset_in_piece_);
    if (n > 0) std::memcpy(buffer + filled, piece.data() + offset_in_piece_, n);
    filled += n;
    offset_in_piece_ += n;
    if (offset_in_piece_ == piece.size()) {
      ++piece_;
      offset_in_piece_ = 0;
    }
  }
  return filled;
}

std::size_t Transfer::on_write(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  transfer.touch();
  if (size * count > transfer.options_.max_response_size - transfer.response_.body.size()) {
    transfer.response_too_large_ = true;
    return CURL_WRITEFUNC_ERROR;
  }
  transfer.response_.body.append(data, size * count);
  return size * count;
}

std::size_t Transfer::on_header(char* data, std::size_t size, std::size_t count, void* self) {
  auto& transfer = *static_cast<Transfer*>(self);
  transfer.touch();
  transfer.read_header({data, size * count});
  return size * count;
}

void Transfer::read_header(std::string_view line) {
  if (line.starts_with("HTTP/")) {
    response_ = {};  // an interim answer, such as 100, is followed by the real one
    head_is_whole_ = false;
    return;
  }
  if (trim(line).empty()) head_is_whole_ = true;
  const std::size_t colon = line.find(':');
  if (colon == std::string_view::npos) return;
  const std::string_view name = line.substr(0, colon);
  const std::string_view value = trim(line.substr(colon + 1));
  if (equals_ignoring_case(name, "content-type")) response_.content_type = value;
  if (equals_ignoring_case(name, "x-amzn-requestid")) response_.request_id = value;
  if (equals_ignoring_case(name, "x-amz-request-id") && response_.request_id.empty()) response_.request_id = value;
  if (equals_ignoring_case(name, "x-amzn-errortype")) response_.error_type = value;
  if (equals_ignoring_case(name, "date")) response_.date = value;
}

int Transfer::on_seek(void* /*self*/, curl_off_t /*offset*/, int /*origin*/) {
  // libcurl rewinds the body in order to send it again. A second sending has to be an attempt of ours.
  return CURL_SEEKFUNC_FAIL;
}

int Transfer::on_request(void* self, char* /*remote_ip*/, char* local_ip, int /*remote_port*/, int local_port) {
  auto& transfer = *static_cast<Transfer*>(self);
  // A second request for one transfer is libcurl's own retry after a reused connection broke before any of the body
  // was on its way, so that it saw no need to rewind.
  if (transfer.connected_) return CURL_PREREQFUNC_ABORT;
  transfer.connected_ = true;
  transfer.socket_ = transfer.sockets_.find(local_ip, static_cast<std::uint16_t>(local_port));
  transfer.touch();
  return CURL_PREREQFUNC_OK;
}

Transfer::Sent Transfer::sent() const {
  Sent result;
  curl_off_t written = 0;
  if (curl_easy_getinfo(easy_.get(), CURLINFO_SIZE_UPLOAD_T, &written) == CURLE_OK && written > 0) {
    result.written = static_cast<std::uint64_t>(written);
  }
  result.unacknowledged = HttpSockets::unacknowledged(socket_);
  return result;
}

void Transfer::note_progress(Clock::time_point now) {
  if (!touched_) return;
  touched_ = false;
  moved_at_ = now;
  last_sent_ = sent();
  schedule_look(now);
}

void Transfer::schedule_look(Clock::time_point now) {
  const Clock::time_point end = moved_at_ + options_.request_timeout;
  next_look_ = std::min(end, now + options_.request_timeout / looks_in_a_timeout);
}

bool Transfer::has_received() {
  const std::uint64_t received = HttpSockets::received(socket_);
  const auto before = std::exchange(last_received_, received);
  return before && *before != received;
}

bool Transfer::is_stuck(Clock::time_point now) {
  if (now < next_look_) return false;
  const Sent current = sent();
  if (const bool received = has_received(); received || current != last_sent_) {
    last_sent_ = current;
    moved_at_ = now;
  }
  if (now - moved_at_ >= options_.request_timeout) return true;
  schedule_look(now);
  return false;
}

HttpCompletion Transfer::completion(HttpError error, std::string message) {
  HttpCompletion result;
  result.ticket = ticket_;
  result.error = error;
  result.error_message = std::move(message);
  result.bytes_sent = sent().written;
  return result;
}

HttpCompletion Transfer::give_up() {
  const auto span = std::chrono::duration_cast<std::chrono::milliseconds>(options_.request_timeout);
  return completion(HttpError::timeout, "no byte moved for " + std::to_string(span.count()) +
                                            " ms on the connection to " + target_.host_and_port + ", after " +
                                            std::to_string(sent().written) + " of " + std::to_string(body_size_) +
                                            " bytes were sent" + by_way_of());
}

HttpCompletion Transfer::finish(CURLcode result) {
  const HttpError error = classify(result);
  HttpCompletion done = completion(error, error == HttpError::none ? std::string{} : explain(error, result));
  if (error != HttpError::none) return done;
  done.response = std::move(response_);
  long status = 0;
  curl_easy_getinfo(easy_.get(), CURLINFO_RESPONSE_CODE, &status);
  done.response.status = static_cast<int>(status);
  return done;
}

}  // namespace aiokpl::aws
