#include "agent/store/known_prompts.h"

#include <cstring>

namespace fleet::agent {

namespace {

constexpr std::string_view kKey = "\"system\":[";
constexpr std::size_t kLong = 1'024;  // shorter prompts are not worth the comparison
constexpr std::size_t kMost = 4;      // prompts kept; a session has one to three

// Of the text literal that begins here, its quotes included; 0 when it has no end.
std::size_t LiteralLength(std::string_view text) {
  for (std::size_t at = text.find('"', 1); at != std::string_view::npos; at = text.find('"', at + 1)) {
    std::size_t backslashes = 0;
    while (text[at - 1 - backslashes] == '\\') ++backslashes;  // ends at the opening quote
    if (backslashes % 2 == 0) return at + 1;
  }
  return 0;
}

}  // namespace

std::size_t KnownPrompts::KnownLength(std::string_view text) const {
  for (const std::string& known : known_) {
    if (text.starts_with(known)) return known.size();
  }
  return 0;
}

bool KnownPrompts::Cut(std::string_view document, PaddedText& shorter) {
  unknown_.clear();
  std::size_t at = document.find(kKey);
  if (at == std::string_view::npos) return false;
  at += kKey.size();
  std::size_t taken = 0;  // of the document, by the shorter text or as the inside of a prompt
  std::size_t size = 0;   // of the shorter text
  const auto take = [&](std::size_t end) {
    if (size == 0) shorter.Resize(document.size());
    std::memcpy(shorter.data() + size, document.data() + taken, end - taken);
    size += end - taken;
  };
  while (at < document.size() && document[at] == '"') {
    const std::size_t known = KnownLength(document.substr(at));
    const std::size_t length = known > 0 ? known : LiteralLength(document.substr(at));
    if (length == 0) break;
    if (known > 0) {
      take(at + 1);
      taken = at + known - 1;
    } else if (length >= kLong) {
      unknown_.push_back(document.substr(at, length));
    }
    at += length;
    if (at < document.size() && document[at] == ',') ++at;
  }
  if (taken == 0) return false;
  take(document.size());
  shorter.Resize(size);
  return true;
}

void KnownPrompts::Learn() {
  for (const std::string_view prompt : unknown_) {
    if (known_.size() < kMost) {
      known_.emplace_back(prompt);
    } else {
      known_[oldest_] = prompt;
      oldest_ = (oldest_ + 1) % kMost;
    }
  }
  unknown_.clear();
}

}  // namespace fleet::agent
