#pragma once

#include "coordinator/ctl/screen.h"
#include "dgmo/fleet/v1/incident.pb.h"

namespace fleet::coordinator {

std::string NoticeTableText(const google::protobuf::RepeatedPtrField<v1::Notice>& notices, const Screen& screen);

}  // namespace fleet::coordinator
