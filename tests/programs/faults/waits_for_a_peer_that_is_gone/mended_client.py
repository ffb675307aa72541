import socket
import time

s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.settimeout(3)
for word in [b"hello", b"are you there?"]:
    s.sendto(word, ("server", 12345))
    try:
        print(s.recvfrom(65535)[0].decode())
    except TimeoutError:
        print("no answer")
    time.sleep(1)
