#pragma once

#include <nlohmann/json_fwd.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "agent/cli/vision_models.h"

namespace fleet::agent {

// What the advice about images needs of one message. Nothing of its text.
struct VisionMessage {
  std::string id;
  bool assistant = false;
  bool has_image = false;        // a file part of an image type
  std::int64_t image_bytes = 0;  // the largest image that is in the message itself
  bool reads_image = false;      // the read tool was used on an image file
  bool refuses = false;          // it says that it cannot see images
  std::string model;             // of an assistant
};
// nullopt when it is no message. Pure.
std::optional<VisionMessage> ReadVisionMessage(std::string_view json);

// Why images were not seen in one session (catalogue: "Known issue patterns").
struct VisionAdvice {
  std::string root;
  std::string session;
  std::string question;  // id of the user's message
  std::string answer;    // id of the assistant's; empty: there is none
  std::string model;
  Vision vision = Vision::kUnknown;
  std::int64_t image_bytes = 0;
  bool refused = false;
  std::vector<std::string> advice;
};

// From the last of the user's messages and what was answered to it, in order. nullopt when there is nothing to say.
std::optional<VisionAdvice> AdviseOnImages(const std::vector<VisionMessage>& messages);

// For people; ends in a newline.
std::string VisionAdviceText(const std::vector<VisionAdvice>& advice, std::int64_t sessions);
nlohmann::ordered_json VisionAdviceJson(const std::vector<VisionAdvice>& advice, std::int64_t sessions);

}  // namespace fleet::agent
