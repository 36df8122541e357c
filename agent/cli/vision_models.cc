#include "agent/cli/vision_models.h"

#include <algorithm>
#include <cctype>
#include <string>

namespace fleet::agent {

namespace {

// Beginnings of model ids. The longest that fits counts.
struct ModelFamily {
  std::string_view begins;
  Vision vision;
};
constexpr ModelFamily kFamilies[] = {
    {"claude-", Vision::kSees},
    {"claude-2", Vision::kBlind},
    {"claude-instant", Vision::kBlind},
    {"gpt-4o", Vision::kSees},
    {"gpt-4.1", Vision::kSees},
    {"gpt-4.5", Vision::kSees},
    {"gpt-4-turbo", Vision::kSees},
    {"gpt-4-vision", Vision::kSees},
    {"gpt-4", Vision::kBlind},
    {"gpt-5", Vision::kSees},
    {"gpt-3.5", Vision::kBlind},
    {"gpt-oss", Vision::kBlind},
    {"chatgpt-4o", Vision::kSees},
    {"codex-mini", Vision::kSees},
    {"o1", Vision::kSees},
    {"o1-mini", Vision::kBlind},
    {"o1-preview", Vision::kBlind},
    {"o3", Vision::kSees},
    {"o3-mini", Vision::kBlind},
    {"o4-mini", Vision::kSees},
    {"gemini-", Vision::kSees},
    {"gemma-3", Vision::kSees},
    {"gemma-3-1b", Vision::kBlind},
    {"gemma-2", Vision::kBlind},
    {"pixtral", Vision::kSees},
    {"mistral-small-3.1", Vision::kSees},
    {"mistral-small-3.2", Vision::kSees},
    {"mistral-small-2503", Vision::kSees},
    {"mistral-small-2506", Vision::kSees},
    {"mistral-medium-3", Vision::kSees},
    {"mistral-medium-2505", Vision::kSees},
    {"mistral-large", Vision::kBlind},
    {"mistral-nemo", Vision::kBlind},
    {"codestral", Vision::kBlind},
    {"devstral", Vision::kBlind},
    {"ministral", Vision::kBlind},
    {"mixtral", Vision::kBlind},
    {"llama-4", Vision::kSees},
    {"llama-3.2-11b", Vision::kSees},
    {"llama-3.2-90b", Vision::kSees},
    {"llama-3", Vision::kBlind},
    {"llama3", Vision::kBlind},
    {"deepseek", Vision::kBlind},
    {"deepseek-vl", Vision::kSees},
    {"qwen-vl", Vision::kSees},
    {"qwen2-vl", Vision::kSees},
    {"qwen2.5-vl", Vision::kSees},
    {"qwen3-vl", Vision::kSees},
    {"qwen", Vision::kBlind},
    {"qwq", Vision::kBlind},
    {"qvq", Vision::kSees},
    {"grok-4", Vision::kSees},
    {"grok-2-vision", Vision::kSees},
    {"grok-vision", Vision::kSees},
    {"grok-2", Vision::kBlind},
    {"grok-3", Vision::kBlind},
    {"grok-code", Vision::kBlind},
    {"kimi-k2", Vision::kBlind},
    {"glm-4.5v", Vision::kSees},
    {"glm-4.5", Vision::kBlind},
    {"glm-4v", Vision::kSees},
    {"nova-micro", Vision::kBlind},
    {"nova-", Vision::kSees},
    {"command-r", Vision::kBlind},
    {"phi-4-multimodal", Vision::kSees},
    {"phi-3.5-vision", Vision::kSees},
    {"phi-", Vision::kBlind},
    {"llava", Vision::kSees},
    {"moondream", Vision::kSees},
};

std::string Plain(std::string_view id) {
  id = id.substr(0, id.find('|'));  // newer builds append the techniques they used
  if (const std::size_t slash = id.rfind('/'); slash != std::string_view::npos) id = id.substr(slash + 1);
  std::string plain(id);
  std::transform(plain.begin(), plain.end(), plain.begin(), [](unsigned char c) { return std::tolower(c); });
  // Bedrock puts region and maker in front: us.anthropic.claude-...
  for (const std::string maker : {"anthropic.", "amazon.", "meta.", "mistral.", "deepseek.", "cohere."}) {
    if (const std::size_t at = plain.find(maker); at != std::string::npos) plain = plain.substr(at + maker.size());
  }
  return plain;
}

}  // namespace

std::string_view VisionText(Vision vision) {
  static constexpr std::string_view kTexts[] = {"sees", "blind", "unknown"};
  return kTexts[static_cast<int>(vision)];
}

Vision VisionOf(std::string_view model_id) {
  const std::string id = Plain(model_id);
  const ModelFamily* best = nullptr;
  for (const ModelFamily& family : kFamilies) {
    if (id.rfind(family.begins, 0) != 0) continue;
    if (best == nullptr || family.begins.size() > best->begins.size()) best = &family;
  }
  return best == nullptr ? Vision::kUnknown : best->vision;
}

}  // namespace fleet::agent
