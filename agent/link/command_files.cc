#include "agent/link/command_files.h"

#include <google/protobuf/util/json_util.h>
#include <spdlog/fmt/fmt.h>

#include <charconv>
#include <nlohmann/json.hpp>
#include <utility>

#include "common/sha256.h"
#include "common/status.h"

namespace fleet::agent {

namespace {

using Json = nlohmann::ordered_json;

constexpr std::string_view kSuffix = ".json";
constexpr std::size_t kDigits = 20;
constexpr std::string_view kIdKey = "\"command_id\":\"";

std::string NameOf(std::uint64_t number) { return fmt::format("{:020}{}", number, kSuffix); }

bool ParseName(std::string_view name, std::uint64_t& number) {
  if (name.size() != kDigits + kSuffix.size() || !name.ends_with(kSuffix)) return false;
  const auto [end, error] = std::from_chars(name.data(), name.data() + kDigits, number);
  return error == std::errc() && end == name.data() + kDigits;
}

Json MessageJson(const google::protobuf::Message& message) {
  std::string text;
  if (!google::protobuf::util::MessageToJsonString(message, &text).ok()) text = "{}";
  return Json::parse(text, nullptr, false);
}

bool ReadMessage(const Json& document, const char* key, google::protobuf::Message& message) {
  const auto at = document.find(key);
  if (at == document.end()) return false;
  return google::protobuf::util::JsonStringToMessage(at->dump(-1, ' ', false, Json::error_handler_t::replace), &message)
      .ok();
}

std::string TextOf(const CommandRecord& record) {
  Json document;
  document["command_id"] = record.command_id;
  document["state"] = v1::CommandState_Name(record.state);
  document["acknowledged"] = record.acknowledged;
  document["received_ms"] = record.received_ms;
  document["expires_ms"] = record.expires_ms;
  document["action"] = MessageJson(record.action);
  document["result"] = MessageJson(record.result);
  const std::string line = document.dump(-1, ' ', false, Json::error_handler_t::replace);
  return line + "\n" + Sha256Hex(line) + "\n";
}

absl::StatusOr<CommandRecord> ParseRecord(const std::string& text) {
  const std::size_t end = text.find('\n');
  if (end == std::string::npos || text.substr(end + 1) != Sha256Hex(text.substr(0, end)) + "\n") {
    return DataLoss("it is torn or was changed");
  }
  const Json document = Json::parse(text.substr(0, end), nullptr, false);
  CommandRecord record;
  const auto whole = [&](const char* key, std::int64_t& value) {
    const auto at = document.find(key);
    if (at != document.end() && at->is_number_integer()) value = at->get<std::int64_t>();
  };
  if (!document.is_object() || !document.contains("command_id") || !document["command_id"].is_string() ||
      !document.contains("state") || !document["state"].is_string() ||
      !v1::CommandState_Parse(document["state"].get<std::string>(), &record.state) ||
      !ReadMessage(document, "action", record.action) || !ReadMessage(document, "result", record.result)) {
    return DataLoss("it is not a command of this version");
  }
  record.command_id = document["command_id"].get<std::string>();
  record.acknowledged = document.value("acknowledged", Json(false)) == true;
  whole("received_ms", record.received_ms);
  whole("expires_ms", record.expires_ms);
  return record;
}

// What a damaged file can still say about whose it was.
std::string SalvageId(const std::string& text) {
  const std::size_t at = text.find(kIdKey);
  if (at == std::string::npos) return "";
  const std::size_t begin = at + kIdKey.size();
  const std::size_t end = text.find('"', begin);
  return end == std::string::npos ? "" : text.substr(begin, end - begin);
}

}  // namespace

absl::StatusOr<CommandFiles::Held> CommandFiles::Load() {
  ASSIGN_OR_RETURN(const std::vector<std::string> names, folder_.Names());
  Held held;
  for (const std::string& name : names) {
    std::uint64_t number = 0;
    if (!ParseName(name, number)) {
      if (name.ends_with(".new")) (void)folder_.Remove(name);  // of a write that a crash cut short
      continue;
    }
    absl::StatusOr<std::string> text = folder_.Read(name);
    absl::StatusOr<CommandRecord> record = text.ok() ? ParseRecord(*text) : text.status();
    if (!record.ok()) {
      MoveAside(name, record.status(), held);
      record = CommandRecord();
      record->command_id = text.ok() ? SalvageId(*text) : "";
      if (record->command_id.empty()) continue;
      record->state = v1::COMMAND_STATE_UNKNOWN;
      record->result.set_reason("journal_damaged");
      record->result.set_summary("The agent's record of this command was damaged; it may have run");
    }
    record->number = number;
    held.records.push_back(*std::move(record));
    if (held.records.back().result.reason() == "journal_damaged") (void)Save(held.records.back());
  }
  return held;
}

void CommandFiles::MoveAside(const std::string& name, const absl::Status& why, Held& held) {
  const std::string aside = name + ".damaged";
  const absl::Status moved = folder_.Rename(name, aside);
  held.problems.push_back(DataLoss("command record " + folder_.path() + "/" + name + " cannot be used: " +
                                   MessageOf(why) + (moved.ok() ? "; it was moved to " + aside : "; move it away")));
}

absl::Status CommandFiles::Save(const CommandRecord& record) {
  return folder_.Replace(NameOf(record.number), TextOf(record));
}

absl::Status CommandFiles::Remove(std::uint64_t number) { return folder_.Remove(NameOf(number)); }

}  // namespace fleet::agent
