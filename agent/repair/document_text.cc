#include "agent/repair/document_text.h"

#include <initializer_list>
#include <utility>

namespace fleet::agent {

namespace {

constexpr std::size_t kSummaryUnits = 200;

std::string Quoted(std::string_view bytes) { return ToJsonString(FromUtf8(bytes)); }

// Values are JSON already; a field without one is left out.
std::string Object(std::initializer_list<std::pair<std::string_view, std::optional<std::string>>> fields) {
  std::string json;
  for (const auto& [key, value] : fields) {
    if (!value) continue;
    json.append(json.empty() ? "{\"" : ",\"").append(key).append("\":").append(*value);
  }
  return json + '}';
}

}  // namespace

std::string ToJson(const SessionText& session) {
  const std::string time =
      Object({{"created", std::to_string(session.created_ms)}, {"updated", std::to_string(session.updated_ms)}});
  std::optional<std::string> parent;
  if (session.parent) parent = Quoted(*session.parent);
  return Object({{"id", Quoted(session.id)},
                 {"version", Quoted(session.version)},
                 {"parentID", parent},
                 {"title", ToJsonString(session.title)},
                 {"time", time}});
}

std::string ToJson(const RecordText& record) {
  return Object({{"id", Quoted(record.id)},
                 {"parentSessionId", Quoted(record.parent)},
                 {"agentName", ToJsonString(record.agent_name)},
                 {"taskDescription", ToJsonString(record.task_description)},
                 {"status", record.failed ? "\"failed\"" : "\"completed\""},
                 {"createdAt", std::to_string(record.created_ms)},
                 {"startedAt", std::to_string(record.started_ms)},
                 {"completedAt", std::to_string(record.completed_ms)},
                 {"summary", ToJsonString(record.summary)}});
}

std::string IndexJson(const std::vector<std::string>& ids) {
  std::string json = "[";
  for (const std::string& id : ids) {
    if (json.size() > 1) json += ',';
    json += Quoted(id);
  }
  return json + ']';
}

JsText SummaryOf(const std::optional<JsText>& last_text) {
  if (!last_text) return u"No output";
  return last_text->size() > kSummaryUnits ? last_text->substr(0, kSummaryUnits) + u"..." : *last_text;
}

bool IsDefaultTitle(std::u16string_view title) {
  static constexpr std::u16string_view kShape = u"0000-00-00T00:00:00.000Z";
  std::size_t skip = 0;
  for (const std::u16string_view prefix : {u"New Session - ", u"Child session - ", u"Recovered session - "}) {
    if (title.substr(0, prefix.size()) == prefix) skip = prefix.size();
  }
  if (skip == 0 || title.size() != skip + kShape.size()) return false;
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    const char16_t unit = title[skip + i];
    if (kShape[i] == u'0' ? unit < u'0' || unit > u'9' : unit != kShape[i]) return false;
  }
  return true;
}

}  // namespace fleet::agent
