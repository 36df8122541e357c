#include "agent/store/litter_name.h"

#include <algorithm>
#include <string_view>

namespace fleet::agent {

std::optional<LitterName> ParseLitterName(const std::string& path) {
  constexpr std::string_view kDocument = ".json";
  constexpr std::string_view kTemporary = ".tmp";
  constexpr std::size_t kDigits = 13;
  constexpr std::size_t kSuffix = kDigits + kTemporary.size();
  if (path.size() < kDocument.size() + kSuffix + 1) return std::nullopt;
  const std::string_view view = path;
  if (view.substr(view.size() - kTemporary.size()) != kTemporary) return std::nullopt;
  const std::string_view digits = view.substr(view.size() - kSuffix, kDigits);
  const std::string_view target = view.substr(0, view.size() - kSuffix);
  if (!std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
  if (target.substr(target.size() - kDocument.size()) != kDocument) return std::nullopt;
  if (target.size() > kDocument.size() && target[target.size() - kDocument.size() - 1] == '/') return std::nullopt;
  return LitterName{std::string(target), std::stoll(std::string(digits))};
}

}  // namespace fleet::agent
