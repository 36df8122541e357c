#include "agent/repair/failure_counter.h"

#include <charconv>

#include "agent/store/durable_file.h"
#include "common/finding.h"
#include "common/status.h"

namespace fleet::agent {

std::string FailureCounter::PathFor(std::string_view repair, std::string_view root, std::string_view subject) const {
  return folder_ + "/" + Fingerprint(repair, root, subject);
}

int FailureCounter::Count(std::string_view repair, std::string_view root, std::string_view subject) const {
  const absl::StatusOr<std::string> text = ReadFile(PathFor(repair, root, subject), 16);
  if (!text.ok()) return 0;
  int count = 0;
  std::from_chars(text->data(), text->data() + text->size(), count);
  return count;
}

std::optional<Refusal> FailureCounter::WhyNotAgain(std::string_view repair, std::string_view root,
                                                   std::string_view subject) const {
  if (Count(repair, root, subject) < kLimit) return std::nullopt;
  return Refusal{"failed_twice",
                 std::string(repair) + " failed twice on it; look at `dgmo-agent journal` and escalate"};
}

absl::Status FailureCounter::Add(std::string_view repair, std::string_view root, std::string_view subject) {
  RETURN_IF_ERROR(MakeFolder(folder_));
  return WriteDurably(PathFor(repair, root, subject), std::to_string(Count(repair, root, subject) + 1));
}

absl::Status FailureCounter::Clear(std::string_view repair, std::string_view root, std::string_view subject) {
  return RemoveFile(PathFor(repair, root, subject));
}

}  // namespace fleet::agent
