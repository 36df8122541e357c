#include "agent/cli/event_text.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "common/terminal.h"
#include "common/time_text.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

std::string ValueText(const EvidenceValue& value) {
  const auto* number = std::get_if<std::int64_t>(&value);
  return number != nullptr ? std::to_string(*number) : ToPrintable(std::get<std::string>(value));
}

Colour ColourOf(const StoreEvent& event) {
  if (event.kind == "finding_opened" || event.kind == "qdrant_down" || event.kind == "log_error") return Colour::kRed;
  if (event.kind == "finding_closed" || event.kind == "qdrant_up") return Colour::kGreen;
  if (event.kind == "message_written") return Colour::kDim;
  if (event.kind.starts_with("tmp_") || event.kind == "events_dropped") return Colour::kYellow;
  return Colour::kBlue;
}

}  // namespace

bool Passes(const EventFilter& filter, const StoreEvent& event) {
  const auto wanted = [&](std::string_view kind) {
    return std::find(filter.kinds.begin(), filter.kinds.end(), kind) != filter.kinds.end();
  };
  if (!filter.kinds.empty() && !wanted(event.kind)) return false;
  // About the stream itself.
  if (event.kind == "watch_started" || event.kind == "events_dropped") return true;
  if (!filter.session.empty() && event.session_id != filter.session) return false;
  const bool of_parent =
      event.parent_id == filter.parent || (event.kind == "index_changed" && event.session_id == filter.parent);
  return filter.parent.empty() || of_parent;
}

std::string EventLine(const StoreEvent& event, std::int64_t time_ms, bool colour) {
  constexpr std::size_t kKindWidth = 25;
  std::string kind(event.kind);
  kind.resize(std::max(kKindWidth, kind.size()), ' ');
  std::string line = TimeText(time_ms) + "  " + Paint(ColourOf(event), kind, colour);
  if (!event.session_id.empty()) line += "  " + ToPrintable(event.session_id);
  if (!event.parent_id.empty()) line += "  parent=" + ToPrintable(event.parent_id);
  for (const auto& [name, value] : event.facts) line += "  " + name + "=" + ValueText(value);
  if (!event.path.empty()) line += "  " + ToPrintable(event.path);
  return line;
}

std::string EventJson(const StoreEvent& event, std::int64_t time_ms) {
  nlohmann::ordered_json json = {{"time", TimeText(time_ms)}, {"time_ms", time_ms}, {"event", std::string(event.kind)}};
  const auto add = [&](const char* name, const std::string& text) {
    if (!text.empty()) json[name] = ToUtf8(text);
  };
  add("root", event.root);
  add("path", event.path);
  add("session_id", event.session_id);
  add("parent_id", event.parent_id);
  for (const auto& [name, value] : event.facts) {
    if (const auto* number = std::get_if<std::int64_t>(&value)) {
      json[name] = *number;
    } else {
      json[name] = ToUtf8(std::get<std::string>(value));
    }
  }
  return json.dump();
}

}  // namespace fleet::agent
