#include "agent/store/shape.h"

namespace fleet::agent {

namespace {

using simdjson::dom::array;
using simdjson::dom::element;
using simdjson::dom::object;

Fault Shape(std::string detail) { return Fault{FaultKind::kShape, std::nullopt, std::move(detail)}; }

std::string_view TypeText(element value) {
  switch (value.type()) {
    case simdjson::dom::element_type::ARRAY: return "an array";
    case simdjson::dom::element_type::OBJECT: return "an object";
    case simdjson::dom::element_type::STRING: return "a text";
    case simdjson::dom::element_type::BOOL: return "a truth value";
    case simdjson::dom::element_type::NULL_VALUE: return "null";
    default: return "a number";
  }
}

// Collects fields of one object and the first complaint about them.
class Fields {
 public:
  Fields(element value, std::string prefix) : prefix_(std::move(prefix)) {
    if (value.get(object_) != simdjson::SUCCESS) {
      Complain(prefix_.empty() ? "an object" : prefix_, "an object", value);
      return;
    }
    usable_ = true;
  }

  bool Find(std::string_view name, element& out) const {
    bool found = false;
    if (!usable_) return false;
    for (const auto field : object_) {
      if (field.key != name) continue;
      out = field.value;
      found = true;
    }
    return found;
  }

  void Text(std::string_view name, std::string& out) {
    element value;
    if (!Require(name, value)) return;
    std::string_view text;
    if (value.get(text) != simdjson::SUCCESS) return Complain(Path(name), "a text", value);
    out = text;
  }

  void Number(std::string_view name, double& out) {
    element value;
    if (!Require(name, value)) return;
    if (value.get(out) != simdjson::SUCCESS) Complain(Path(name), "a number", value);
  }

  void OptionalNumber(std::string_view name, std::optional<double>& out) {
    element value;
    if (!Find(name, value)) return;
    double number = 0;
    if (value.get(number) != simdjson::SUCCESS) return Complain(Path(name), "a number", value);
    out = number;
  }

  void Array(std::string_view name, std::int64_t& size) {
    element value;
    if (!Require(name, value)) return;
    array items;
    if (value.get(items) != simdjson::SUCCESS) return Complain(Path(name), "an array", value);
    size = static_cast<std::int64_t>(items.size());
  }

  // The object of that name; unusable, with the complaint taken over, when there is none.
  Fields Object(std::string_view name) {
    element value;
    if (!Require(name, value)) return Fields();
    Fields inner(value, Path(name));
    Take(inner);
    return inner;
  }

  void Take(const Fields& inner) {
    if (complaint_.empty()) complaint_ = inner.complaint_;
  }

  void Complain(const std::string& what, std::string_view wanted, element value) {
    if (!complaint_.empty()) return;
    complaint_ = what + " should be " + std::string(wanted) + " and is " + std::string(TypeText(value));
    if (what == wanted) complaint_ = "should be " + std::string(wanted) + " and is " + std::string(TypeText(value));
  }

  template <class Result>
  Document Finish(Result result) const {
    if (!complaint_.empty()) return Shape(complaint_);
    return result;
  }

 private:
  Fields() = default;

  std::string Path(std::string_view name) const {
    return prefix_.empty() ? std::string(name) : prefix_ + "." + std::string(name);
  }

  bool Require(std::string_view name, element& out) {
    if (!usable_) return false;
    if (Find(name, out)) return true;
    if (complaint_.empty()) complaint_ = Path(name) + " is missing";
    return false;
  }

  object object_;
  bool usable_ = false;
  std::string prefix_;
  std::string complaint_;
};

// "", null, "undefined" and "null" have been seen and mean that there is none.
void ReadParent(Fields& fields, SessionDocument& session) {
  element value;
  if (!fields.Find("parentID", value)) return;
  std::string_view text = "null";
  if (!value.is_null() && value.get(text) != simdjson::SUCCESS) return fields.Complain("parentID", "a text", value);
  session.parent = text;
  const bool literal = value.is_null() || text.empty() || text == "undefined" || text == "null";
  session.parent_kind = literal ? SessionDocument::Parent::kLiteral : SessionDocument::Parent::kId;
}

Document ReadSession(element root) {
  SessionDocument session;
  Fields fields(root, "");
  fields.Text("id", session.id);
  fields.Text("version", session.version);
  fields.Text("title", session.title);
  Fields time = fields.Object("time");
  time.Number("created", session.created);
  time.Number("updated", session.updated);
  fields.Take(time);
  ReadParent(fields, session);
  element share;
  if (fields.Find("share", share) && share.is_object()) {
    element url;
    session.shared = Fields(share, "share").Find("url", url) && url.is_string();
  }
  return fields.Finish(std::move(session));
}

// Invocations of tools that are not turned into a result yet.
std::int64_t CountUnresolved(const Fields& message) {
  element parts;
  array items;
  if (!message.Find("parts", parts) || parts.get(items) != simdjson::SUCCESS) return 0;
  std::int64_t unresolved = 0;
  for (const element part : items) {
    std::string_view state;
    if (part["toolInvocation"]["state"].get(state) != simdjson::SUCCESS) continue;
    if (state == "call" || state == "partial-call") ++unresolved;
  }
  return unresolved;
}

Document ReadMessage(element root) {
  MessageDocument message;
  Fields fields(root, "");
  fields.Text("id", message.id);
  std::string role;
  fields.Text("role", role);
  message.assistant = role == "assistant";
  fields.Array("parts", message.parts);
  message.unresolved = CountUnresolved(fields);
  Fields metadata = fields.Object("metadata");
  Fields time = metadata.Object("time");
  time.Number("created", message.created);
  time.OptionalNumber("completed", message.completed);
  metadata.Take(time);
  metadata.Text("sessionID", message.session);
  metadata.Object("tool");
  element error;
  message.has_error = metadata.Find("error", error) && error.is_object();
  element assistant;
  message.has_assistant_section = metadata.Find("assistant", assistant) && assistant.is_object();
  fields.Take(metadata);
  if (!role.empty() && role != "user" && role != "assistant") return Shape("role is neither user nor assistant");
  return fields.Finish(std::move(message));
}

Document ReadSubsession(element root) {
  SubsessionDocument record;
  std::string task;
  Fields fields(root, "");
  fields.Text("id", record.id);
  fields.Text("parentSessionId", record.parent);
  fields.Text("agentName", record.agent_name);
  fields.Text("taskDescription", task);
  fields.Text("status", record.status);
  fields.Number("createdAt", record.created_at);
  fields.OptionalNumber("startedAt", record.started_at);
  fields.OptionalNumber("completedAt", record.completed_at);
  element summary;
  std::string_view text;
  record.no_output = fields.Find("summary", summary) && summary.get(text) == simdjson::SUCCESS && text == "No output";
  return fields.Finish(std::move(record));
}

Document ReadIndex(element root) {
  array items;
  if (root.get(items) != simdjson::SUCCESS) {
    return Shape("should be an array and is " + std::string(TypeText(root)));
  }
  IndexDocument index;
  index.entries.reserve(items.size());
  for (const element item : items) {
    std::string_view text;
    const bool is_text = item.get(text) == simdjson::SUCCESS;
    index.entries.push_back({is_text, std::string(text)});
  }
  return index;
}

Document ReadGuideIndex(element root) {
  GuideIndexDocument index;
  Fields fields(root, "");
  fields.Object("sessions");
  element sessions;
  object listed;
  if (!fields.Find("sessions", sessions) || sessions.get(listed) != simdjson::SUCCESS) return fields.Finish(index);
  for (const auto field : listed) {
    GuideIndexDocument::Entry entry{std::string(field.key), "", {}};
    Fields session(field.value, "sessions." + entry.key);
    session.Text("id", entry.id);
    element children;
    array ids;
    if (session.Find("subSessions", children) && children.get(ids) == simdjson::SUCCESS) {
      for (const element id : ids) {
        std::string_view text;
        if (id.get(text) == simdjson::SUCCESS) entry.subsessions.emplace_back(text);
      }
    }
    fields.Take(session);
    index.entries.push_back(std::move(entry));
  }
  return fields.Finish(std::move(index));
}

Document ReadShare(element root) {
  std::string text;
  Fields fields(root, "");
  fields.Text("secret", text);
  fields.Text("url", text);
  return fields.Finish(OpaqueDocument{});
}

Document ReadPerformance(element root) {
  std::string text;
  double number = 0;
  Fields fields(root, "");
  fields.Text("sessionId", text);
  fields.Number("timestamp", number);
  return fields.Finish(OpaqueDocument{});
}

// dgmo keeps an array as harmless; null stops every start.
Document ReadApp(element root) {
  if (root.is_array()) return OpaqueDocument{};
  Fields fields(root, "");
  std::optional<double> initialized;
  fields.OptionalNumber("initialized", initialized);
  return fields.Finish(OpaqueDocument{});
}

}  // namespace

Document ReadShape(DocumentClass cls, element root) {
  switch (cls) {
    case DocumentClass::kSession: return ReadSession(root);
    case DocumentClass::kMessage: return ReadMessage(root);
    case DocumentClass::kSubsession: return ReadSubsession(root);
    case DocumentClass::kIndex: return ReadIndex(root);
    case DocumentClass::kGuideIndex: return ReadGuideIndex(root);
    case DocumentClass::kShare: return ReadShare(root);
    case DocumentClass::kPerformance: return ReadPerformance(root);
    case DocumentClass::kApp: return ReadApp(root);
    case DocumentClass::kConfig: return Fields(root, "").Finish(OpaqueDocument{});
    case DocumentClass::kNone: return OpaqueDocument{};
  }
  return OpaqueDocument{};
}

}  // namespace fleet::agent
