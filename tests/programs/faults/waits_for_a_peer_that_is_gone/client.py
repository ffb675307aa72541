import socket
import time

s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
for word in [b"hello", b"are you there?"]:
    s.sendto(word, ("server", 12345))
    print(s.recvfrom(65535)[0].decode())
    time.sleep(1)
