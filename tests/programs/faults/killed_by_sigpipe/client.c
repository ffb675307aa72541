#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void) {
    struct sockaddr_in server = {.sin_family = AF_INET, .sin_port = htons(12345)};
    inet_pton(AF_INET, "192.168.1.6", &server.sin_addr);
    int s = socket(AF_INET, SOCK_STREAM, 0);
    if (connect(s, (struct sockaddr *)&server, sizeof server) < 0) {
        perror("connect");
        return 1;
    }
    for (int i = 0; i < 100; i++) {
        write(s, "hello\n", 6);
        usleep(50000);
    }
    puts("all sent");
    close(s);
    return 0;
}
