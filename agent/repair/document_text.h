#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/repair/js_text.h"

namespace fleet::agent {

// Documents as dgmo writes them: one compact JSON value, keys in dgmo's order, what is absent left out, no newline at
// the end. Ids are valid UTF-8. Pure.

struct SessionText {
  std::string id;
  std::string version;
  std::optional<std::string> parent;
  JsText title;
  std::int64_t created_ms = 0;
  std::int64_t updated_ms = 0;
};
std::string ToJson(const SessionText& session);

struct RecordText {
  std::string id;
  std::string parent;
  JsText agent_name;
  JsText task_description;
  bool failed = false;
  std::int64_t created_ms = 0;
  std::int64_t started_ms = 0;
  std::int64_t completed_ms = 0;
  JsText summary;
};
std::string ToJson(const RecordText& record);

std::string IndexJson(const std::vector<std::string>& ids);

// The summary dgmo makes of a helper's last text: its first 200 UTF-16 units and "..." when there are more, even where
// that tears a character; "No output" when there is none.
JsText SummaryOf(const std::optional<JsText>& last_text);

// Whether a title says nothing: what dgmo gives before a model makes a better one, "New Session - <time>", or a repair.
bool IsDefaultTitle(std::u16string_view title);

}  // namespace fleet::agent
