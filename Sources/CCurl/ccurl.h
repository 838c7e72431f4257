#ifndef X402_RELAY_CCURL_H
#define X402_RELAY_CCURL_H
#include <curl/curl.h>
#endif
