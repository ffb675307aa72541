import socket

s = socket.socket()
s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
s.bind(("", 12345))
s.listen()
guests = []
while True:
    conn, address = s.accept()
    guests.append(address)
    with conn:
        while data := conn.recv(1024):
            conn.sendall(data)
