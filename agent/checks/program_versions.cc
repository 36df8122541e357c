#include "agent/checks/program_versions.h"

#include <algorithm>
#include <charconv>
#include <vector>

namespace fleet::agent {

namespace {

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// The numbers at `at`, at most three.
std::vector<int> NumbersAt(std::string_view text, std::size_t at) {
  std::vector<int> numbers;
  while (numbers.size() < 3 && at < text.size() && IsDigit(text[at])) {
    int number = 0;
    const auto [end, error] = std::from_chars(text.data() + at, text.data() + text.size(), number);
    if (error != std::errc()) break;
    numbers.push_back(number);
    at = static_cast<std::size_t>(end - text.data());
    if (at >= text.size() || text[at] != '.') break;
    ++at;
  }
  return numbers;
}

std::vector<int> FirstNumbers(std::string_view text, std::size_t least) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!IsDigit(text[at])) continue;
    const std::vector<int> numbers = NumbersAt(text, at);
    if (numbers.size() >= least) return numbers;
    while (at + 1 < text.size() && IsDigit(text[at + 1])) ++at;
  }
  return {};
}

}  // namespace

std::optional<VersionNumbers> VersionIn(std::string_view text) {
  const std::vector<int> numbers = FirstNumbers(text, 2);
  if (numbers.empty()) return std::nullopt;
  VersionNumbers version{};
  std::copy(numbers.begin(), numbers.end(), version.begin());
  return version;
}

bool IsWanted(std::string_view installed, std::string_view wanted) {
  const std::vector<int> numbers = FirstNumbers(wanted, 1);
  const std::vector<int> present = FirstNumbers(installed, 2);
  if (numbers.empty() || present.empty()) return installed.find(wanted) != std::string_view::npos;
  return numbers.size() <= present.size() && std::equal(numbers.begin(), numbers.end(), present.begin());
}

}  // namespace fleet::agent
