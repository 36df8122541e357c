// Any bytes as an extension of the patterns: refused with a message, or in force with everything that was promised.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "common/pattern_catalogue.h"
#include "common/pattern_matcher.h"
#include "common/rules/log_rules.h"
#include "common/status.h"
#include "common/utf8.h"

using namespace fleet;

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto catalogue = PatternCatalogue::Extended(text, *PatternCatalogue::BuiltIn());
  if (!catalogue.ok()) {
    Require(!MessageOf(catalogue.status()).empty());
    Require(InvalidUtf8At(MessageOf(catalogue.status())) == std::string_view::npos);
    return 0;
  }
  Require((*catalogue)->version() > 0);
  Require((*catalogue)->patterns().size() <= PatternCatalogue::kMostPatterns);
  for (const LogPattern& pattern : (*catalogue)->patterns()) Require(IsPatternCode(pattern.code()));
  const auto matcher = PatternMatcher::Make(*catalogue);
  Require(matcher.ok());
  (*matcher)->Find(text, 0);
  (*matcher)->Match(text, [](std::size_t, std::string_view) {});
  return 0;
}
