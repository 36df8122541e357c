#pragma once

#include <cstdint>
#include <string_view>

namespace fleet::agent {

// Whether a model sees images; kUnknown for one that is not in the list.
enum class Vision : std::uint8_t { kSees, kBlind, kUnknown };
std::string_view VisionText(Vision vision);  // "sees", "blind", "unknown"

// By the id that a message names, with or without its provider and with what newer builds of dgmo append to it.
Vision VisionOf(std::string_view model_id);

}  // namespace fleet::agent
