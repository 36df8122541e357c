// Any bytes as a log: lines are parsed within their bounds, and the one pass over a text finds exactly the lines that
// the look at each line finds.

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "agent/probe/log_line.h"
#include "agent/probe/log_tally.h"
#include "common/pattern_matcher.h"

using namespace fleet;
using namespace fleet::agent;

namespace {

void Require(bool holds) {
  if (!holds) std::abort();
}

bool IsInside(std::string_view part, std::string_view whole) {
  return part.empty() || (part.data() >= whole.data() && part.data() + part.size() <= whole.data() + whole.size());
}

bool Matches(const PatternMatcher& matcher, std::string_view line) {
  bool any = false;
  matcher.Match(line, [&](std::size_t pattern, std::string_view matched) {
    Require(pattern < matcher.catalogue().patterns().size());
    Require(IsInside(matched, line));
    any = true;
  });
  return any;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const auto kMatcher = PatternMatcher::Make(PatternCatalogue::BuiltIn());
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  StartFromName(text);
  for (const std::string& id : IdsIn(text)) Require(id.size() == 30);
  std::size_t next = (*kMatcher)->Find(text, 0);
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const std::string_view line = text.substr(begin, end - begin);
    const LogLine parsed = ParseLogLine(line);
    Require(IsInside(parsed.rest, line));
    if (const auto task = ParseExecutedTask(line)) Require(IsInside(task->description, line));
    const bool found = next != std::string_view::npos && next >= begin && next <= end;
    Require(found == Matches(**kMatcher, line));
    begin = end + 1;
    if (found && begin < text.size()) next = (*kMatcher)->Find(text, begin);
    if (found && begin >= text.size()) next = std::string_view::npos;
  }
  return 0;
}
