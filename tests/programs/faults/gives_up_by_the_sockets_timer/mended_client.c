#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

int main(void) {
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons(12345)};
    inet_pton(AF_INET, "192.168.1.6", &server.sin_addr);
    struct timeval patience = {5, 0};
    int s = socket(AF_INET, SOCK_STREAM, 0);
    setsockopt(s, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    char answer[100];
    if (connect(s, (struct sockaddr *)&server, sizeof server) < 0) {
        perror("connect");
        return 1;
    }
    send(s, "how are you?\n", 13, 0);
    if (recv(s, answer, sizeof answer, 0) < 0) {
        perror("recv");
        return 1;
    }
    close(s);
    return 0;
}
