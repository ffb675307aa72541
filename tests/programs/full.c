/* It lets nobody have a page more of its memory, and then writes to a socket as to a file. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void) {
    struct sockaddr_in where = {.sin_family = AF_INET, .sin_port = htons(12345)};
    inet_pton(AF_INET, "192.168.1.6", &where.sin_addr);
    struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_AS, &none)) return 1;
    int s = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(s, (struct sockaddr *)&where, sizeof where)) return 1;
    return write(s, "hi", 2) != 2;
}
