#include "agent/cli/vision_advice.h"

#include <re2/re2.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "agent/store/config_document.h"
#include "common/terminal.h"
#include "common/utf8.h"

namespace fleet::agent {

namespace {

using nlohmann::json;

constexpr std::int64_t kLargestImage = 5 << 20;

std::string Text(const json& object, const char* key) {
  const auto found = object.find(key);
  return found != object.end() && found->is_string() ? found->get<std::string>() : "";
}

const json& Member(const json& object, const char* key) {
  static const json kNone;
  const auto found = object.is_object() ? object.find(key) : object.end();
  return object.is_object() && found != object.end() ? *found : kNone;
}

// Of the picture in a data URL; 0 for any other.
std::int64_t ImageBytes(const std::string& url) {
  const std::size_t comma = url.find(',');
  if (url.rfind("data:", 0) != 0 || comma == std::string::npos) return 0;
  return static_cast<std::int64_t>((url.size() - comma - 1) / 4 * 3);
}

bool SaysItCannotSee(const std::string& text) {
  static const RE2 kPattern(
      R"((?i)(?:can(?:not|'t|’t)|unable to) (?:see|view) (?:the |this |that |any |your )?images?)");
  return RE2::PartialMatch(text, kPattern);
}

bool IsImageFile(const std::string& path) {
  static const RE2 kPattern(R"((?i)\.(?:png|jpe?g|gif|webp|bmp)$)");
  return RE2::PartialMatch(path, kPattern);
}

void ReadPart(const json& part, VisionMessage& message) {
  if (!part.is_object()) return;
  const std::string type = Text(part, "type");
  if (type == "file" && Text(part, "mediaType").rfind("image/", 0) == 0) {
    message.has_image = true;
    message.image_bytes = std::max(message.image_bytes, ImageBytes(Text(part, "url")));
  } else if (type == "text") {
    message.refuses = message.refuses || (message.assistant && SaysItCannotSee(Text(part, "text")));
  } else if (type == "tool-invocation") {
    const json& invocation = Member(part, "toolInvocation");
    if (!invocation.is_object() || Text(invocation, "toolName") != "read") return;
    const json& arguments = Member(invocation, "args");
    if (arguments.is_object() && IsImageFile(Text(arguments, "filePath"))) message.reads_image = true;
  }
}

std::string MegabytesText(std::int64_t bytes) { return std::to_string((bytes + (1 << 20) - 1) >> 20) + " MB"; }

}  // namespace

std::optional<VisionMessage> ReadVisionMessage(std::string_view text) {
  const json document = ParseAsJavaScript(text);
  const json& parts = Member(document, "parts");
  if (!document.is_object() || !parts.is_array()) return std::nullopt;
  VisionMessage message;
  message.id = Text(document, "id");
  message.assistant = Text(document, "role") == "assistant";
  for (const json& part : parts) ReadPart(part, message);
  const json& assistant = Member(Member(document, "metadata"), "assistant");
  if (assistant.is_object()) message.model = Text(assistant, "modelID");
  return message;
}

std::optional<VisionAdvice> AdviseOnImages(const std::vector<VisionMessage>& messages) {
  const auto last = std::find_if(messages.rbegin(), messages.rend(), [](const auto& m) { return !m.assistant; });
  if (last == messages.rend()) return std::nullopt;
  VisionAdvice advice;
  advice.question = last->id;
  advice.image_bytes = last->image_bytes;
  bool read_as_text = false;
  for (auto answer = last.base(); answer != messages.end(); ++answer) {
    advice.answer = answer->id;
    advice.model = answer->model;
    advice.refused = advice.refused || answer->refuses;
    read_as_text = read_as_text || answer->reads_image;
  }
  if (!last->has_image && !read_as_text) return std::nullopt;
  advice.vision = advice.model.empty() ? Vision::kUnknown : VisionOf(advice.model);
  if (advice.vision == Vision::kBlind) advice.advice.emplace_back("choose a model that sees images");
  if (advice.image_bytes > kLargestImage) {
    advice.advice.push_back("make the image smaller than 5 MB; it has " + MegabytesText(advice.image_bytes));
  }
  if (read_as_text && !last->has_image) {
    advice.advice.emplace_back("the image was read as text: attach it and ask to analyze, look at or describe it");
  }
  if (advice.refused && advice.advice.empty()) {
    advice.advice.emplace_back(advice.vision == Vision::kSees
                                   ? "ask again to analyze, look at or describe the image; the model sees images"
                                   : "see whether this model sees images, and choose one that does");
  }
  if (advice.advice.empty() || (read_as_text && !last->has_image && !advice.refused)) return std::nullopt;
  return advice;
}

std::string VisionAdviceText(const std::vector<VisionAdvice>& advice, std::int64_t sessions) {
  const std::string seen = std::to_string(sessions) + (sessions == 1 ? " session" : " sessions");
  if (advice.empty()) return std::string(HealthSymbol(Health::kHealthy)) + " no trouble with images in " + seen + "\n";
  std::string text;
  for (const VisionAdvice& one : advice) {
    text += std::string(HealthSymbol(Health::kWarning)) + " " + ToPrintable(one.session) + "  message " +
            ToPrintable(one.question) + "\n";
    const std::string model = one.model.empty() ? "no answer yet" : "model " + one.model;
    text += "     " + ToPrintable(model) + " (" + std::string(VisionText(one.vision)) + ")";
    text += one.refused ? ", said that it cannot see images\n" : "\n";
    for (const std::string& line : one.advice) text += "     " + line + "\n";
  }
  return text + std::to_string(advice.size()) + " of " + seen + " had trouble with images\n";
}

nlohmann::ordered_json VisionAdviceJson(const std::vector<VisionAdvice>& advice, std::int64_t sessions) {
  nlohmann::ordered_json result;
  result["sessions"] = sessions;
  result["advice"] = nlohmann::ordered_json::array();
  for (const VisionAdvice& one : advice) {
    nlohmann::ordered_json entry = {
        {"root", ToUtf8(one.root)},       {"session", ToUtf8(one.session)}, {"question", ToUtf8(one.question)},
        {"answer", ToUtf8(one.answer)},   {"model", ToUtf8(one.model)},     {"vision", VisionText(one.vision)},
        {"image_bytes", one.image_bytes}, {"refused", one.refused},         {"advice", one.advice}};
    for (const char* key : {"answer", "model"}) {
      if (entry[key] == "") entry[key] = nullptr;
    }
    result["advice"].push_back(std::move(entry));
  }
  return result;
}

}  // namespace fleet::agent
