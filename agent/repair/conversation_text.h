#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "agent/repair/js_text.h"
#include "agent/repair/planned_root.h"

namespace fleet::agent {

// Reading pieces that several repairs rebuild documents from. None of it ever leaves the store it was read from.

// What one message holds that a lost document can be rebuilt from.
struct MessageText {
  bool assistant = false;
  std::int64_t created_ms = 0;
  std::optional<std::int64_t> completed_ms;
  std::optional<JsText> error;       // what went wrong, when it carries an error
  std::optional<JsText> first_text;  // of its text parts that are not empty
  std::optional<JsText> last_text;

  std::int64_t last_ms() const { return completed_ms.value_or(created_ms); }
};
// nullopt when the bytes are no message.
std::optional<MessageText> ReadMessageText(std::string_view bytes);

// The messages of one session, read one by one, in the order of their times.
struct ConversationText {
  std::int64_t messages = 0;
  std::int64_t oldest_ms = 0;
  std::int64_t newest_ms = 0;
  JsText first_user_text;  // empty when there is none
  std::optional<MessageText> last_assistant;
};
absl::StatusOr<ConversationText> ReadConversation(const PlannedRoot& root, const std::string& session);

// The title in a session info, exactly; nullopt when it has none.
std::optional<JsText> ReadTitle(std::string_view session_info);

}  // namespace fleet::agent
