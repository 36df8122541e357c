#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/statusor.h>

#include <cstddef>
#include <memory>
#include <string_view>

#include "common/pattern_catalogue.h"

namespace fleet {

// Looks for all patterns of a catalogue at once. Text is bytes: what is not UTF-8 is looked through like anything else.
// The time is linear in the text, whatever the patterns. Any thread.
class PatternMatcher {
 public:
  // Whether a regex can be one of a catalogue's; the error names the byte where it is wrong.
  static absl::Status CheckRegex(const std::string& regex);

  // InvalidArgument when a regex is wrong or all of them together are too large.
  static absl::StatusOr<std::unique_ptr<PatternMatcher>> Make(std::shared_ptr<const PatternCatalogue> catalogue);
  ~PatternMatcher();

  const PatternCatalogue& catalogue() const { return *catalogue_; }

  // Where in `text`, a number of lines, the first match begins at or after `from`, a line's begin; npos: nowhere. What
  // comes before the begin of that line matches nothing. One pass over the text, however many patterns there are.
  std::size_t Find(std::string_view text, std::size_t from) const;

  // The patterns that match this line, by their place in the catalogue, and the part of the line that does.
  void Match(std::string_view line, absl::FunctionRef<void(std::size_t pattern, std::string_view matched)> visit) const;

 private:
  explicit PatternMatcher(std::shared_ptr<const PatternCatalogue> catalogue);

  std::shared_ptr<const PatternCatalogue> catalogue_;
  struct Programs;
  std::unique_ptr<Programs> programs_;
};

}  // namespace fleet
