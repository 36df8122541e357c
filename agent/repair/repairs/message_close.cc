#include <algorithm>
#include <optional>
#include <utility>

#include "agent/repair/candidate.h"
#include "agent/repair/json_edit.h"
#include "agent/repair/repairs/count_text.h"
#include "agent/repair/repairs/rebuild.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

// Puts a value into a document that is known to have the place; what cannot be put is noticed.
class Edit {
 public:
  explicit Edit(std::string text) : text_(std::move(text)) {}

  void Set(const JsonPath& path, std::string_view json) {
    std::optional<std::string> changed = WithJson(text_, path, json);
    failed_ |= !changed;
    if (changed) text_ = *std::move(changed);
  }
  const std::string& text() const { return text_; }
  bool failed() const { return failed_; }

 private:
  std::string text_;
  bool failed_ = false;
};

bool IsUnresolved(const std::string& text, std::size_t part) {
  const std::optional<std::string> state = JsonAt(text, {"parts", part, "toolInvocation", "state"});
  return state == "\"call\"" || state == "\"partial-call\"";
}

// What dgmo itself does when a turn is aborted (catalogue: "Message"). Whether the turn is dead the rule has judged.
std::int64_t CloseCalls(Edit& edit) {
  std::int64_t closed = 0;
  const std::size_t parts = JsonSize(edit.text(), {"parts"}).value_or(0);
  for (std::size_t part = 0; part < parts; ++part) {
    if (!IsUnresolved(edit.text(), part)) continue;
    edit.Set({"parts", part, "toolInvocation", "state"}, "\"result\"");
    edit.Set({"parts", part, "toolInvocation", "result"}, "\"request was aborted\"");
    ++closed;
  }
  return closed;
}

Answer PlanMessageClose(const PlannedRoot& root, const HomeModel&, const Finding& finding) {
  const std::string path = RelativePath(root, finding.path);
  const Place place = LayoutOf(root.model().root.kind).place(path, false);
  const auto bytes = root.Read(path);
  const auto stat = root.Stat(path);
  if (!bytes.ok() || !stat.ok()) {
    return Refusal{"unreadable", ToUtf8(path) + " could not be read; see to its permissions first"};
  }
  if (std::optional<Refusal> obstacle = ObstacleAt(root, path)) return *std::move(obstacle);
  const Document before = root.parser().Parse(place.cls, PaddedText(*bytes));
  const auto* message = std::get_if<MessageDocument>(&before);
  if (message == nullptr) return Cure{};
  Edit edit(*bytes);
  const std::int64_t closed = CloseCalls(edit);
  const bool ends = !message->completed;
  if (ends) {
    const std::int64_t at = std::max(stat->mtime_ms(), static_cast<std::int64_t>(message->created));
    edit.Set({"metadata", "time", "completed"}, std::to_string(at));
  }
  if (closed == 0 && !ends) return Cure{};
  const Document after = root.parser().Parse(place.cls, PaddedText(edit.text()));
  if (edit.failed() || std::holds_alternative<Fault>(after)) {
    return Refusal{"not_lossless", ToUtf8(path) + " is written in a way that cannot be changed safely; see it by hand"};
  }
  return Cure{.changes = {WriteFile{path, edit.text()}},
              .note = std::string(ends ? "the turn ends with the last change of its file; " : "") +
                      CountText(closed, "tool call") + " closed as aborted, as dgmo does"};
}

}  // namespace

const Repair kMessageClose = {.id = "R-MESSAGE-CLOSE", .needs_consent = true, .plan = PlanMessageClose};

}  // namespace fleet::agent
