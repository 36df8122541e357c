#include "agent/repair/conversation_text.h"

#include <simdjson.h>

#include <algorithm>
#include <utility>

#include "agent/store/json_tolerance.h"
#include "agent/store/padded_text.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

namespace ondemand = simdjson::ondemand;

// A document as the library reads it. Half surrogate pairs are overwritten for it, in place, so the string of a
// token is taken from the same place of the original.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : original_(bytes), text_(bytes) { NeutraliseWhatJavaScriptReads(text_); }

  // The top-level object; an error when there is none.
  simdjson::simdjson_result<ondemand::object> Object() {
    const std::size_t size = text_.view().size();
    const auto error = parser_.iterate(text_.data(), size, size + PaddedText::kPadding).get(document_);
    if (error != simdjson::SUCCESS) return error;
    return document_.get_object();
  }

  std::optional<JsText> Text(ondemand::value value) const {
    std::string_view token = value.raw_json_token();
    const std::size_t start = static_cast<std::size_t>(token.data() - text_.view().data());
    if (token.empty() || token[0] != '"' || start + token.size() > original_.size()) return std::nullopt;
    token = original_.substr(start, token.find_last_of('"') + 1);
    return FromJsonString(token);
  }

 private:
  std::string_view original_;
  PaddedText text_;
  ondemand::parser parser_;
  ondemand::document document_;
};

std::optional<std::int64_t> Millis(ondemand::value value) {
  double number = 0;
  if (value.get_double().get(number) != simdjson::SUCCESS || !(number > -9e15 && number < 9e15)) return std::nullopt;
  return static_cast<std::int64_t>(number);
}

// Calls `visit(key, value)` for every field until the object ends; false when it is malformed.
template <typename Visit>
bool EachField(simdjson::simdjson_result<ondemand::object> object, Visit visit) {
  ondemand::object fields;
  if (std::move(object).get(fields) != simdjson::SUCCESS) return false;
  for (auto each : fields) {
    ondemand::field field;
    if (std::move(each).get(field) != simdjson::SUCCESS) return false;
    std::string_view key;
    if (field.unescaped_key().get(key) != simdjson::SUCCESS) return false;
    visit(key, field.value());
  }
  return true;
}

void ReadPart(const Reader& reader, ondemand::value part, MessageText& message) {
  bool is_text = false;
  std::optional<JsText> text;
  EachField(part.get_object(), [&](std::string_view key, ondemand::value value) {
    if (key == "type") is_text = reader.Text(value) == u"text";
    if (key == "text") text = reader.Text(value);
  });
  if (!is_text || !text || text->empty()) return;
  if (!message.first_text) message.first_text = text;
  message.last_text = std::move(text);
}

void ReadParts(const Reader& reader, ondemand::value value, MessageText& message) {
  ondemand::array parts;
  if (value.get_array().get(parts) != simdjson::SUCCESS) return;
  for (auto each : parts) {
    ondemand::value part;
    if (std::move(each).get(part) != simdjson::SUCCESS) return;
    ReadPart(reader, part, message);
  }
}

// The error's own message, else its name.
JsText ReadError(const Reader& reader, ondemand::value error) {
  std::optional<JsText> name;
  std::optional<JsText> text;
  EachField(error.get_object(), [&](std::string_view key, ondemand::value value) {
    if (key == "name") name = reader.Text(value);
    if (key != "data") return;
    EachField(value.get_object(), [&](std::string_view inner, ondemand::value detail) {
      if (inner == "message") text = reader.Text(detail);
    });
  });
  return text ? *text : name.value_or(u"UnknownError");
}

void ReadMetadata(const Reader& reader, ondemand::value metadata, MessageText& message) {
  EachField(metadata.get_object(), [&](std::string_view key, ondemand::value value) {
    if (key == "error") message.error = ReadError(reader, value);
    if (key != "time") return;
    EachField(value.get_object(), [&](std::string_view inner, ondemand::value time) {
      if (inner == "created") message.created_ms = Millis(time).value_or(0);
      if (inner == "completed") message.completed_ms = Millis(time);
    });
  });
}

void Take(ConversationText& conversation, MessageText message, std::int64_t& first_user_ms) {
  const bool first = conversation.messages++ == 0;
  conversation.oldest_ms = first ? message.created_ms : std::min(conversation.oldest_ms, message.created_ms);
  conversation.newest_ms = std::max(conversation.newest_ms, message.last_ms());
  if (!message.assistant && message.first_text && message.created_ms < first_user_ms) {
    first_user_ms = message.created_ms;
    conversation.first_user_text = std::move(*message.first_text);
  } else if (message.assistant &&
             (!conversation.last_assistant || message.created_ms >= conversation.last_assistant->created_ms)) {
    conversation.last_assistant = std::move(message);
  }
}

}  // namespace

std::optional<MessageText> ReadMessageText(std::string_view bytes) {
  Reader reader(bytes);
  MessageText message;
  bool has_role = false;
  const bool whole = EachField(reader.Object(), [&](std::string_view key, ondemand::value value) {
    if (key == "role") {
      has_role = true;
      message.assistant = reader.Text(value) == u"assistant";
    }
    if (key == "parts") ReadParts(reader, value, message);
    if (key == "metadata") ReadMetadata(reader, value, message);
  });
  if (!whole || !has_role) return std::nullopt;
  return message;
}

absl::StatusOr<ConversationText> ReadConversation(const PlannedRoot& root, const std::string& session) {
  ConversationText conversation;
  const auto found = root.model().conversations.find(session);
  if (found == root.model().conversations.end()) return conversation;
  const Layout& layout = LayoutOf(root.model().root.kind);
  ASSIGN_OR_RETURN(const std::vector<std::string> names, root.List(found->second.path));
  std::int64_t first_user_ms = INT64_MAX;
  for (const std::string& name : names) {
    const std::string path = found->second.path + "/" + name;
    const Place place = layout.place(path, false);
    if (place.cls != DocumentClass::kMessage || place.skip || root.model().damaged.contains(path)) continue;
    const auto bytes = root.Read(path);
    if (!bytes.ok()) continue;  // a finding of its own
    std::optional<MessageText> message = ReadMessageText(*bytes);
    if (message) Take(conversation, std::move(*message), first_user_ms);
  }
  return conversation;
}

std::optional<JsText> ReadTitle(std::string_view session_info) {
  Reader reader(session_info);
  std::optional<JsText> title;
  EachField(reader.Object(), [&](std::string_view key, ondemand::value value) {
    if (key == "title") title = reader.Text(value);
  });
  return title;
}

}  // namespace fleet::agent
