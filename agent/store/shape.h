#pragma once

#include <simdjson.h>

#include "agent/store/document.h"

namespace fleet::agent {

// The fields of a well-formed document, or the first thing that is missing or mistyped (catalogue: "JSON documents").
// Unknown fields are fine. Of a field that occurs twice the last counts, as in JavaScript.
Document ReadShape(DocumentClass cls, simdjson::dom::element root);

}  // namespace fleet::agent
