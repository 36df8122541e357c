#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace fleet {

// SHA-256 as 64 lowercase hex digits.
std::string Sha256Hex(std::string_view bytes);

// The same of bytes that come in pieces.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void Add(std::string_view bytes);
  std::string Hex();  // once, at the end

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

// Lowercase hex of any bytes.
std::string HexText(std::string_view bytes);

}  // namespace fleet
