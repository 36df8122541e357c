#include "common/pattern_matcher.h"

#include <re2/re2.h>
#include <re2/set.h>

#include <vector>

#include "common/status.h"

namespace fleet {

namespace {

// A pattern's own program, and the program and the cached states of all of them.
constexpr std::int64_t kMemoryOfOne = 512 * 1024;
constexpr std::int64_t kMemoryOfAll = 32 * 1024 * 1024;

// What every healthy log begins with.
constexpr std::string_view kOrdinaryLine = "INFO  2025-07-08T09:15:02 +108ms service=default version=0.2.3 args= dgmo";

// ^ and $ are a line's, also in a text of several.
std::string InLines(const std::string& regex) { return "(?m)" + regex; }

RE2::Options OptionsOf(std::int64_t memory) {
  RE2::Options options(RE2::Latin1);  // bytes: a log may hold anything
  options.set_case_sensitive(false);
  options.set_never_nl(true);  // so that no match reaches into the next line
  options.set_log_errors(false);
  options.set_max_mem(memory);
  return options;
}

re2::StringPiece PieceOf(std::string_view text) { return {text.data(), text.size()}; }

}  // namespace

absl::Status PatternMatcher::CheckRegex(const std::string& regex) {
  const RE2 alone(regex, OptionsOf(kMemoryOfOne));
  if (!alone.ok() && alone.error_code() != RE2::ErrorPatternTooLarge) {
    const std::size_t at = regex.find(alone.error_arg());
    std::string where = at == std::string::npos ? "" : " at its byte " + std::to_string(at);
    return InvalidArgument("\"regex\" is wrong" + where + ": " + alone.error() +
                           "; it is to be what RE2 understands (no back-references, no look-around)");
  }
  const RE2 in_lines(InLines(regex), OptionsOf(kMemoryOfOne));
  if (!in_lines.ok()) return InvalidArgument("\"regex\" is too large: " + in_lines.error() + "; split it");
  for (const std::string_view line : {std::string_view(), kOrdinaryLine}) {
    if (in_lines.Match(PieceOf(line), 0, line.size(), RE2::UNANCHORED, nullptr, 0)) {
      return InvalidArgument("\"regex\" matches every line, even \"" + std::string(line) + "\"; make it say more");
    }
  }
  return absl::OkStatus();
}

// One program that finds lines, one that tells which patterns a line matches, and each by itself for the place in it.
struct PatternMatcher::Programs {
  explicit Programs(std::span<const LogPattern> patterns) : which(OptionsOf(kMemoryOfAll), RE2::UNANCHORED) {
    std::string all;
    for (const LogPattern& pattern : patterns) {
      each.push_back(std::make_unique<RE2>(InLines(pattern.regex), OptionsOf(kMemoryOfOne)));
      which.Add(InLines(pattern.regex), nullptr);
      all += (all.empty() ? "(?:" : "|(?:") + pattern.regex + ")";
    }
    any = std::make_unique<RE2>(InLines("(?:" + all + ")"), OptionsOf(kMemoryOfAll));
    complete = which.Compile();
  }

  std::vector<std::unique_ptr<RE2>> each;
  std::unique_ptr<RE2> any;
  RE2::Set which;
  bool complete = false;
};

PatternMatcher::PatternMatcher(std::shared_ptr<const PatternCatalogue> catalogue)
    : catalogue_(std::move(catalogue)), programs_(std::make_unique<Programs>(catalogue_->patterns())) {}

PatternMatcher::~PatternMatcher() = default;

absl::StatusOr<std::unique_ptr<PatternMatcher>> PatternMatcher::Make(
    std::shared_ptr<const PatternCatalogue> catalogue) {
  std::unique_ptr<PatternMatcher> matcher(new PatternMatcher(std::move(catalogue)));
  const Programs& programs = *matcher->programs_;
  for (std::size_t i = 0; i < programs.each.size(); ++i) {
    if (programs.each[i]->ok()) continue;
    return InvalidArgument("pattern " + matcher->catalogue_->patterns()[i].name + ": " + programs.each[i]->error());
  }
  if (!programs.any->ok() || !programs.complete) {
    return InvalidArgument("the patterns are too large together; leave some out or make them shorter");
  }
  return matcher;
}

std::size_t PatternMatcher::Find(std::string_view text, std::size_t from) const {
  re2::StringPiece match;
  if (!programs_->any->Match(PieceOf(text), from, text.size(), RE2::UNANCHORED, &match, 1))
    return std::string_view::npos;
  return static_cast<std::size_t>(match.data() - text.data());
}

void PatternMatcher::Match(std::string_view line, absl::FunctionRef<void(std::size_t, std::string_view)> visit) const {
  std::vector<int> matching;
  RE2::Set::ErrorInfo error;
  const bool told = programs_->which.Match(PieceOf(line), &matching, &error);
  if (!told && error.kind == RE2::Set::kNoError) return;
  // Without an answer, because the states did not fit its memory, each is asked.
  const std::size_t count = told ? matching.size() : programs_->each.size();
  for (std::size_t n = 0; n < count; ++n) {
    const std::size_t pattern = told ? static_cast<std::size_t>(matching[n]) : n;
    re2::StringPiece match;
    if (!programs_->each[pattern]->Match(PieceOf(line), 0, line.size(), RE2::UNANCHORED, &match, 1)) continue;
    visit(pattern, {match.data(), match.size()});
  }
}

}  // namespace fleet
