import socket
import time

for _ in range(2):
    s = socket.socket()
    s.connect(("server", 12345))
    while data := s.recv(1024):
        print(data.decode())
    s.close()
    time.sleep(1)
