// What hashing, encrypting, copying and sending cost on this core, whoever does it: the floor that a producer stands
// on. Usage: bench_floor [--seconds S] [--reader-cpu N]; JSON on stdout, nanoseconds of thread CPU time.
//
// Every buffer is half a megabyte, walked through again and again: more than the first cache holds, less than the
// second, as for a producer that works on what it has just been given.
#include <algorithm>
#include <array>
#include <atomic>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

#include <netinet/in.h>
#include <openssl/evp.h>
#include <pthread.h>
#include <sched.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

namespace {

constexpr std::size_t buffer_size = std::size_t{512} << 10U;
constexpr std::size_t tls_piece = std::size_t{16} << 10U;
constexpr unsigned slices = 5;

double thread_cpu_nanoseconds() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

/// The median of several slices, since a slice may be disturbed: nanoseconds of this thread for each unit that `work`
/// says it did.
double cost(double seconds, const std::function<std::size_t()>& work) {
  work();  // caches and branch predictors
  std::array<double, slices> costs{};
  for (double& slice : costs) {
    const double start = thread_cpu_nanoseconds();
    double spent = 0;
    std::size_t done = 0;
    while (spent < seconds * 1e9 / slices) {
      done += work();
      spent = thread_cpu_nanoseconds() - start;
    }
    slice = spent / static_cast<double>(done);
  }
  std::ranges::sort(costs);
  return costs[slices / 2];
}

void require(bool good, const char* what) {
  if (!good) throw std::runtime_error{std::string{what} + " failed"};
}

std::vector<unsigned char> noise(std::size_t size) {
  std::vector<unsigned char> bytes(size);
  std::uint64_t state = 1;
  for (unsigned char& byte : bytes) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    byte = static_cast<unsigned char>(state >> 56U);
  }
  return bytes;
}

using Digest = std::unique_ptr<EVP_MD_CTX, void (*)(EVP_MD_CTX*)>;
using Cipher = std::unique_ptr<EVP_CIPHER_CTX, void (*)(EVP_CIPHER_CTX*)>;

double hash_cost(double seconds, const EVP_MD* kind, std::size_t message) {
  const auto bytes = noise(std::max(buffer_size, message));
  const Digest context{EVP_MD_CTX_new(), EVP_MD_CTX_free};
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  require(EVP_DigestInit_ex2(context.get(), kind, nullptr) == 1, "digest");
  const std::size_t messages = std::min<std::size_t>(1'000, bytes.size() / message);
  return cost(seconds, [&] {
    for (std::size_t i = 0; i < messages; ++i) {
      // Without a kind: the context is used again, which is the cheapest that OpenSSL has.
      EVP_DigestInit_ex2(context.get(), nullptr, nullptr);
      EVP_DigestUpdate(context.get(), &bytes[i * message], message);
      EVP_DigestFinal_ex(context.get(), digest.data(), nullptr);
    }
    return messages;
  });
}

double cipher_cost(double seconds) {
  const auto plain = noise(buffer_size);
  std::vector<unsigned char> sealed(tls_piece);
  const Cipher context{EVP_CIPHER_CTX_new(), EVP_CIPHER_CTX_free};
  std::array<unsigned char, 16> key{};
  std::array<unsigned char, 12> nonce{};
  std::array<unsigned char, 16> tag{};
  require(EVP_EncryptInit_ex2(context.get(), EVP_aes_128_gcm(), key.data(), nonce.data(), nullptr) == 1, "AES");
  return cost(seconds, [&] {
    int written = 0;
    for (std::size_t at = 0; at < plain.size(); at += tls_piece) {
      ++nonce[0];
      EVP_EncryptInit_ex2(context.get(), nullptr, nullptr, nonce.data(), nullptr);
      EVP_EncryptUpdate(context.get(), sealed.data(), &written, &plain[at], tls_piece);
      EVP_EncryptFinal_ex(context.get(), sealed.data(), &written);
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_GCM_GET_TAG, tag.size(), tag.data());
    }
    return plain.size();
  });
}

double copy_cost(double seconds) {
  const auto from = noise(buffer_size);
  std::vector<unsigned char> to(buffer_size);
  return cost(seconds, [&] {
    for (std::size_t at = 0; at < from.size(); at += tls_piece) {
      std::memcpy(&to[at], &from[at], tls_piece);
      asm volatile("" : : "r"(&to[at]) : "memory");  // or the compiler may see that nobody reads it
    }
    return from.size();
  });
}

class Socket {
 public:
  explicit Socket(int descriptor) : descriptor_{descriptor} {
    if (descriptor < 0) throw std::system_error{errno, std::generic_category(), "socket"};
  }
  ~Socket() { close(descriptor_); }
  Socket(const Socket&) = delete;
  Socket& operator=(const Socket&) = delete;
  [[nodiscard]] int get() const noexcept { return descriptor_; }

 private:
  int descriptor_;
};

void check_call(int result, const char* what) {
  if (result < 0) throw std::system_error{errno, std::generic_category(), what};
}

void drain(int descriptor, int cpu) {
  if (cpu >= 0) {
    cpu_set_t set;
    CPU_ZERO(&set);
    CPU_SET(cpu, &set);
    pthread_setaffinity_np(pthread_self(), sizeof set, &set);  // without it the figure is noisier, that is all
  }
  std::vector<char> room(std::size_t{1} << 20U);
  while (read(descriptor, room.data(), room.size()) > 0) {
  }
}

/// write(2) of 64 KiB to 1 MiB to a loopback socket that another thread reads; its time is not counted.
double write_cost(double seconds, int reader_cpu) {
  const Socket listener{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t length = sizeof address;
  auto* const any = reinterpret_cast<sockaddr*>(&address);
  check_call(bind(listener.get(), any, length), "bind");
  check_call(listen(listener.get(), 1), "listen");
  check_call(getsockname(listener.get(), any, &length), "getsockname");
  const Socket writer{socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  check_call(connect(writer.get(), any, length), "connect");
  const Socket reader{accept4(listener.get(), nullptr, nullptr, SOCK_CLOEXEC)};
  std::thread reading{[&] { drain(reader.get(), reader_cpu); }};
  const auto bytes = noise(std::size_t{1} << 20U);
  const double per_byte = cost(seconds, [&] {
    std::size_t sent = 0;
    for (std::size_t size = std::size_t{64} << 10U; size <= bytes.size(); size *= 2) {
      for (std::size_t at = 0; at < size;) {
        const ssize_t count = write(writer.get(), &bytes[at], size - at);
        if (count < 0) return std::max<std::size_t>(sent, 1);
        at += static_cast<std::size_t>(count);
      }
      sent += size;
    }
    return sent;
  });
  shutdown(writer.get(), SHUT_WR);
  reading.join();
  return per_byte;
}

void run(double seconds, int reader_cpu) {
  constexpr std::size_t piece = std::size_t{64} << 10U;
  const double sha = hash_cost(seconds, EVP_sha256(), piece) / piece;
  const double md5 = hash_cost(seconds, EVP_md5(), piece) / piece;
  const double key = hash_cost(seconds, EVP_md5(), 16);
  const double aes = cipher_cost(seconds);
  const double copy = copy_cost(seconds);
  const double write = write_cost(seconds, reader_cpu);
  std::printf(R"({"sha256": %.4f, "aes_128_gcm": %.4f, "copy": %.4f, "write": %.4f, "md5": %.4f, "key_hash": %.2f})"
              "\n",
              sha, aes, copy, write, md5, key);
}

}  // namespace

int main(int argc, char** argv) try {
  double seconds = 0.2;
  int reader_cpu = -1;
  for (int i = 1; i + 1 < argc; i += 2) {
    if (std::string_view{argv[i]} == "--seconds") seconds = std::strtod(argv[i + 1], nullptr);
    if (std::string_view{argv[i]} == "--reader-cpu") reader_cpu = std::atoi(argv[i + 1]);
  }
  run(seconds, reader_cpu);
  return 0;
} catch (const std::exception& error) {
  std::fprintf(stderr, "bench_floor: %s\n", error.what());
  return 1;
}
