#pragma once

#include <cstring>
#include <string_view>
#include <vector>

namespace fleet::agent {

// Bytes followed by zeros that the JSON parser may read beyond the end. Reused from file to file, so that
// reading a million of them allocates once.
class PaddedText {
 public:
  static constexpr std::size_t kPadding = 64;

  PaddedText() = default;
  explicit PaddedText(std::string_view bytes) {
    Resize(bytes.size());
    if (!bytes.empty()) std::memcpy(data(), bytes.data(), bytes.size());
  }

  // Keeps what was there up to the new size.
  void Resize(std::size_t size) {
    if (buffer_.size() < size + kPadding) buffer_.resize(size + kPadding);
    size_ = size;
    std::memset(buffer_.data() + size, 0, kPadding);
  }
  char* data() { return buffer_.data(); }
  std::string_view view() const { return {buffer_.data(), size_}; }

 private:
  std::vector<char> buffer_;
  std::size_t size_ = 0;
};

}  // namespace fleet::agent
